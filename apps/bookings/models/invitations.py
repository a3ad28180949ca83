"""Who wants each of their bookings as an invitation by mail."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Identified


class InvitationWish(Identified):
    """From `since` until `ended_at` the person is sent each booking of theirs as an invitation."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitation_wishes"
    )
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="bookings_one_invitation_wish"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.since:%Y-%m-%d}"
