"""How much of an instrument, or of all of a facility, one research group may book."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.bookings.models.terms import one_of_both
from apps.core.models import Dated, Identified

USER = settings.AUTH_USER_MODEL


class GroupQuota(Identified, Dated):
    """A group (or, where none is named, every group) books at most so many hours a week or month. With
    `beyond_hours` it is a fair share: beyond it bookings are taken that begin within so many hours, so that
    what nobody wants is not left empty.
    """

    class Period(models.TextChoices):
        WEEK = "week", _("Week")
        MONTH = "month", _("Month")

    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="group_quotas"
    )
    facility = models.ForeignKey(
        "instruments.Facility", null=True, on_delete=models.PROTECT, related_name="group_quotas"
    )
    group = models.ForeignKey(
        "people.ResearchGroup", null=True, on_delete=models.PROTECT, related_name="booking_quotas"
    )
    period = models.CharField(max_length=5, choices=Period)
    hours = models.PositiveSmallIntegerField()
    beyond_hours = models.PositiveSmallIntegerField(null=True)
    set_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            one_of_both("bookings_quota_of"),
            models.CheckConstraint(condition=Q(hours__gte=1), name="bookings_quota_hours"),
        ]

    def __str__(self) -> str:
        return f"{self.group or '*'}: {self.hours} h a {self.period} of {self.instrument or self.facility}"
