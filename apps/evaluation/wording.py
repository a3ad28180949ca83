"""Words of the evaluation room that several pages say, in the reader's language."""

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Text
from apps.core.figures import Figure, FigureUnit
from apps.core.figures import written as figure_written
from apps.evaluation.content import PUBLICATIONS, RECORDS, REPORT, FigureSpec

_SOURCES: dict[str, Text] = {
    RECORDS: gettext_lazy("from the records"),
    REPORT: gettext_lazy("reported, with evidence"),
    PUBLICATIONS: gettext_lazy("from publications"),
}
_PLACES: dict[str, Text] = {
    "parts": gettext_lazy("Parts"),
    "figures": gettext_lazy("Figures"),
    "constants": gettext_lazy("Constants"),
    "cohorts": gettext_lazy("Cohorts"),
    "grades": gettext_lazy("Grades"),
    "weights": gettext_lazy("Weights"),
    "title": gettext_lazy("Title"),
    "decimals": gettext_lazy("Decimals"),
    "scheme": gettext_lazy("Scheme"),
}


def source_words(source: str) -> str:
    """Where a figure of a scheme comes from."""
    return str(_SOURCES.get(source, source))


def place_words(where: str) -> str:
    """Where in a scheme something stands: 'Parts: hours'."""
    place, _dot, key = where.partition(".")
    named = str(_PLACES.get(place, place))
    return _("%(place)s: %(key)s") % {"place": named, "key": key} if key else named


# How many of a unit's smallest steps are one of what people read and formulas compute with.
STEPS = {FigureUnit.HOURS_MS: 3_600_000, FigureUnit.CORE_HOURS_MS: 3_600_000, FigureUnit.FEN: 100}


def steps_of(unit: str) -> int:
    """Milliseconds of an hour, fen of a yuan, thousandths of a ratio; 1 of whatever is counted."""
    found = FigureUnit(unit)
    return 1000 if found is FigureUnit.PERMILLE else STEPS.get(found, 1)


def amount_words(spec: FigureSpec, amount: Fraction | int) -> str:
    """An amount of a figure as people read it: '700 h', '¥1,234.00', '12'."""
    scaled = Fraction(amount) * steps_of(spec.unit)
    if scaled.denominator != 1 and steps_of(spec.unit) == 1:
        return number_words(Fraction(amount), 4)
    return figure_written(Figure(spec.key, FigureUnit(spec.unit), round(scaled)))


def number_words(value: Fraction | int, most: int = 4) -> str:
    """A number with at most so many decimals, half up, without zeros at the end: '71.4286'."""
    scale = 10**most
    value = Fraction(value)
    whole = (abs(value) * scale * 2 + 1) // 2
    sign = "-" if value < 0 and whole else ""
    digits = f"{whole // scale:,}"
    rest = f"{whole % scale:0{most}d}".rstrip("0")
    return f"{sign}{digits}.{rest}" if rest else f"{sign}{digits}"


def score_words(value: Fraction | int) -> str:
    """A score as it stands on the sheet: two decimals."""
    hundredths = int(Fraction(value) * 100)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"
