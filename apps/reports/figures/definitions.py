"""What every figure means, once: its unit, its words, and by which moment a record belongs to a period. The
page shows these words; whatever measures or lists asks for the keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.errors import Text
from apps.core.figures import FigureUnit


class Part(StrEnum):
    """What figures are shown together."""

    USE = "use"
    INCOME = "income"
    PEOPLE = "people"


class Counted(StrEnum):
    """By which moment a record belongs to a period, so that none counts in two and none in neither."""

    BEGUN = "begun"
    POSTED = "posted"
    TESTED = "tested"
    CERTIFIED = "certified"
    EXACT = "exact"


RULES: Mapping[Counted, Text] = {
    Counted.BEGUN: _("What straddles the edge of a period belongs whole to the one in which it began."),
    Counted.POSTED: _(
        "Money counts when it was posted; what goes back is taken off when it goes back. A month that is over"
        " never changes."
    ),
    Counted.TESTED: _("A sample counts when it was last tested."),
    Counted.CERTIFIED: _("A certificate counts on the day on which it began."),
    Counted.EXACT: _(
        "Counted to the minute inside the period; one that still runs up to the beginning of today."
    ),
}
PURPOSES: Mapping[str, Text] = {
    "booking": _("Use under a booking"),
    "walk_in": _("Use without a booking"),
    "sample_run": _("Sample run"),
    "training": _("Supervised training"),
    "teaching": _("Teaching"),
    "maintenance": _("Maintenance"),
    "commissioning": _("Commissioning"),
}
PARTS: Mapping[Part, Text] = {
    Part.USE: pgettext_lazy("figures", "Hours"),
    Part.INCOME: pgettext_lazy("figures", "Income"),
    Part.PEOPLE: pgettext_lazy("figures", "People, samples, training"),
}


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure. `adds`: whether those of several instruments may be summed; where not, the figure of all of
    them is counted anew.
    """

    key: str
    unit: FigureUnit
    part: Part
    title: Text
    meaning: Text
    counted: Counted = Counted.BEGUN
    adds: bool = True

    @property
    def rule(self) -> Text:
        """The words of how records at the edge of a period are counted."""
        return RULES[self.counted]


_HOURS, _FEN = FigureUnit.HOURS_MS, FigureUnit.FEN
_ALL = (
    Definition(
        "effective_hours",
        _HOURS,
        Part.USE,
        _("Effective hours"),
        _(
            "Time under load in own use, sample runs, training and teaching. Uses that are held or were"
            " dismissed do not count, nor do maintenance and unexplained power."
        ),
    ),
    Definition(
        "open_hours",
        _HOURS,
        Part.USE,
        _("Open hours"),
        _(
            "Time in which it could be booked: the opening windows of each day of the school's calendar"
            " (round the clock where nothing is said) from commissioning to retirement, less outages."
        ),
        Counted.EXACT,
    ),
    Definition(
        "use_rate",
        FigureUnit.PERMILLE,
        Part.USE,
        _("Use rate"),
        _("Effective hours by open hours, worked out anew for every row; never added or averaged."),
        adds=False,
    ),
    Definition(
        "external_hours",
        _HOURS,
        Part.USE,
        _("External hours"),
        _(
            "Of the effective hours: own use by people from outside the school, and sample runs in which"
            " every sample came from outside."
        ),
    ),
    Definition(
        "supervised_hours",
        _HOURS,
        Part.USE,
        _("Supervised hours"),
        _("Of the effective hours: supervised training."),
    ),
    Definition(
        "teaching_hours",
        _HOURS,
        Part.USE,
        _("Teaching hours"),
        _("Of the effective hours: slots of a course."),
    ),
    Definition(
        "maintenance_hours",
        _HOURS,
        Part.USE,
        _("Maintenance hours"),
        _("Powered time for maintenance and commissioning; not part of the effective hours."),
    ),
    Definition(
        "income",
        _FEN,
        Part.INCOME,
        _("Income"),
        _(
            "Charges for uses and samples and parts of fees for bookings not kept, less what went back after"
            " a correction or an appeal."
        ),
        Counted.POSTED,
    ),
    Definition(
        "income_internal",
        _FEN,
        Part.INCOME,
        _("Income from inside"),
        _("Of the income: internal prices, own group, hosted owner."),
        Counted.POSTED,
    ),
    Definition(
        "income_external",
        _FEN,
        Part.INCOME,
        _("Income from outside"),
        _("Of the income: external academic and enterprise prices."),
        Counted.POSTED,
    ),
    Definition(
        "income_external_academic",
        _FEN,
        Part.INCOME,
        _("Income, external academic"),
        _("Of the income from outside: universities and institutes."),
        Counted.POSTED,
    ),
    Definition(
        "income_enterprise",
        _FEN,
        Part.INCOME,
        _("Income, enterprises"),
        _("Of the income from outside: companies."),
        Counted.POSTED,
    ),
    Definition(
        "income_own_group",
        _FEN,
        Part.INCOME,
        _("Income, own group"),
        _("Of the income from inside: the group to which the instrument belongs."),
        Counted.POSTED,
    ),
    Definition(
        "income_hosted_owner",
        _FEN,
        Part.INCOME,
        _("Income, hosted owner"),
        _("Of the income from inside: the owner of a hosted instrument."),
        Counted.POSTED,
    ),
    Definition(
        "users",
        FigureUnit.PEOPLE,
        Part.PEOPLE,
        _("Users"),
        _(
            "Different people who used it themselves or whose samples were tested; each counts once in every"
            " row. Customers without an account are not among them."
        ),
        adds=False,
    ),
    Definition(
        "external_users",
        FigureUnit.PEOPLE,
        Part.PEOPLE,
        _("External users"),
        _("Of the users: people from outside the school."),
        adds=False,
    ),
    Definition(
        "samples",
        FigureUnit.SAMPLES,
        Part.PEOPLE,
        pgettext_lazy("figures", "Samples tested"),
        _("Samples with a test that is done."),
        Counted.TESTED,
    ),
    Definition(
        "external_samples",
        FigureUnit.SAMPLES,
        Part.PEOPLE,
        _("External samples"),
        _("Of the samples: those handed in by or for somebody outside the school."),
        Counted.TESTED,
    ),
    Definition(
        "trained_alone",
        FigureUnit.PEOPLE,
        Part.PEOPLE,
        _("Trained to work alone"),
        _(
            "People who received a certificate of basic level or above, once for each instrument; renewals do"
            " not count."
        ),
        Counted.CERTIFIED,
    ),
    Definition(
        "trained_guided",
        FigureUnit.PEOPLE,
        Part.PEOPLE,
        _("Trained under guidance"),
        _(
            "People who took part in supervised training, once for each instrument, and who did not receive a"
            " certificate to work alone on it in the same period."
        ),
    ),
    Definition(
        "demonstrations",
        FigureUnit.PEOPLE,
        Part.PEOPLE,
        _("Demonstrations"),
        _("Attendances at teaching slots: every seat that was taken counts."),
    ),
    Definition(
        "bookings",
        FigureUnit.TIMES,
        Part.PEOPLE,
        pgettext_lazy("figures", "Bookings"),
        _("Confirmed bookings, those that nobody came to among them."),
    ),
    Definition(
        "no_shows",
        FigureUnit.TIMES,
        Part.PEOPLE,
        _("No-shows"),
        _("Of the bookings: those to which nobody came."),
    ),
)
DEFINITIONS: Mapping[str, Definition] = {one.key: one for one in _ALL}
KEYS = tuple(DEFINITIONS)
INCOME = tuple(key for key in KEYS if DEFINITIONS[key].part is Part.INCOME)
