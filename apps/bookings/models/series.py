"""Bookings that repeat by the week: a course, a service contract, an own use."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.bookings.models.terms import MINUTES_OF_A_DAY
from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Series(Identified):
    """The same time of day on the same weekdays from a first to a last day. Its bookings are made at once,
    all or none; each may be changed or cancelled for itself afterwards.

    `weekdays` has a bit for each day of the week, Monday's is 1. The minutes count from midnight at the
    school.
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="booking_series"
    )
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="booking_series")
    fund = models.ForeignKey(
        "funding.FundAccount", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.CharField(max_length=12)
    weekdays = models.PositiveSmallIntegerField()
    from_minute = models.PositiveSmallIntegerField()
    until_minute = models.PositiveSmallIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    skip_holidays = models.BooleanField(default=True)
    made_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_from = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weekdays__gte=1, weekdays__lte=127), name="bookings_series_weekdays"
            ),
            models.CheckConstraint(
                condition=Q(until_minute__gt=F("from_minute"), until_minute__lte=MINUTES_OF_A_DAY),
                name="bookings_series_minutes",
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="bookings_series_days"),
        ]
        indexes = [models.Index(fields=["instrument", "-id"]), models.Index(fields=["user", "-id"])]

    def __str__(self) -> str:
        return f"{self.instrument} {self.first_day} to {self.last_day}"
