"""Under which terms an instrument is booked, and when it is open. Both are dated rows of an instrument or of
a whole facility: what counts from a day on is written anew, never changed in place.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.core.workdays import DayType

USER = settings.AUTH_USER_MODEL
MINUTES_OF_A_DAY = 24 * 60


def one_of_both(name: str) -> models.CheckConstraint:
    """A row belongs to an instrument or to a facility."""
    return models.CheckConstraint(
        condition=Q(instrument__isnull=False, facility__isnull=True)
        | Q(instrument__isnull=True, facility__isnull=False),
        name=name,
    )


class BookingTerms(Identified, Dated):
    """How an instrument (or every one of a facility) is booked. An empty number says nothing: the facility's
    counts then, else the school's parameter.
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="booking_terms"
    )
    facility = models.ForeignKey(
        "instruments.Facility", null=True, on_delete=models.PROTECT, related_name="booking_terms"
    )

    class Route(models.TextChoices):
        """Who is asked before a booking is confirmed; the rule `booking.route` has the last word."""

        AUTO = "auto", _("Nobody: confirmed at once")
        MANAGER = "manager", _("The manager of the instrument")
        PI = "pi", _("The principal investigator")
        BOTH = "both", _("The principal investigator, then the manager")
        LAB_HEAD = "lab_head", _("The head of the lab")

    grid_minutes = models.PositiveSmallIntegerField(null=True)
    min_minutes = models.PositiveIntegerField(null=True)
    max_minutes = models.PositiveIntegerField(null=True)
    notice_minutes = models.PositiveIntegerField(null=True)
    horizon_days = models.PositiveSmallIntegerField(null=True)
    grace_minutes = models.PositiveSmallIntegerField(null=True)
    route = models.CharField(max_length=8, blank=True, choices=Route)
    set_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            one_of_both("bookings_terms_of"),
            models.CheckConstraint(
                condition=Q(grid_minutes__isnull=True) | Q(grid_minutes__gte=1, grid_minutes__lte=60),
                name="bookings_terms_grid",
            ),
            models.CheckConstraint(
                condition=Q(min_minutes__isnull=True)
                | Q(max_minutes__isnull=True)
                | Q(max_minutes__gte=F("min_minutes")),
                name="bookings_terms_length",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument or self.facility} since {self.valid_from:%Y-%m-%d}"


class OpeningWindow(Identified, Dated):
    """On days of one kind, an instrument (or a facility) is open in [from_minute, until_minute), counted from
    midnight at the school; 1440 is the next midnight.

    The rows of one owner that begin on one day make its week: a kind of day without a row is closed. An
    instrument without rows is open when its facility is, a facility without rows round the clock.
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="opening_windows"
    )
    facility = models.ForeignKey(
        "instruments.Facility", null=True, on_delete=models.PROTECT, related_name="opening_windows"
    )
    day_type = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in DayType])
    from_minute = models.PositiveSmallIntegerField()
    until_minute = models.PositiveSmallIntegerField()
    set_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            one_of_both("bookings_window_of"),
            models.CheckConstraint(
                condition=Q(until_minute__gt=F("from_minute"), until_minute__lte=MINUTES_OF_A_DAY),
                name="bookings_window_minutes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument or self.facility} {self.day_type} {self.from_minute}-{self.until_minute}"
