"""Handing a booking over to somebody else, who takes it or does not."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.bookings.models.booking import Booking
from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class HandOver(Identified):
    """The person of a booking offers it to somebody, who answers until a moment; until then it is theirs."""

    class State(models.TextChoices):
        OFFERED = "offered", pgettext_lazy("hand-over", "Not answered yet")
        TAKEN = "taken", pgettext_lazy("hand-over", "Taken over")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("hand-over", "Taken back")
        LAPSED = "lapsed", pgettext_lazy("hand-over", "Not answered in time")

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="hand_overs")
    to = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="hand_overs")
    offered_at = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.OFFERED)
    answered_at = models.DateTimeField(null=True, blank=True)
    taken = models.OneToOneField(
        Booking, null=True, blank=True, on_delete=models.PROTECT, related_name="taken_over"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("offered_at")), name="bookings_hand_over_until"),
            models.CheckConstraint(
                condition=Q(state="taken", taken__isnull=False) | (~Q(state="taken") & Q(taken__isnull=True)),
                name="bookings_hand_over_taken",
            ),
            models.CheckConstraint(
                condition=Q(state="offered", answered_at__isnull=True)
                | (~Q(state="offered") & Q(answered_at__isnull=False)),
                name="bookings_hand_over_answered",
            ),
            models.UniqueConstraint(
                fields=["booking"], condition=Q(state="offered"), name="bookings_one_hand_over"
            ),
        ]
        indexes = [
            models.Index(fields=["until"], condition=Q(state="offered"), name="bookings_open_hand_overs"),
            models.Index(fields=["to", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.booking} to {self.to} ({self.state})"
