"""Addresses under which calendar programs read bookings."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class CalendarFeed(Identified):
    """Whoever knows the secret reads the bookings of `user` or, with an instrument, those of the instrument
    for as long as `user` is of its crew. `digest` is the SHA-256 of the secret, in hexadecimal.

    A person has one that counts of their own and one for each instrument. Renewing ends it and makes the
    next.
    """

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="calendar_feeds")
    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="calendar_feeds"
    )
    digest = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(instrument__isnull=True, revoked_at__isnull=True),
                name="bookings_feed_own",
            ),
            models.UniqueConstraint(
                fields=["user", "instrument"],
                condition=Q(revoked_at__isnull=True),
                name="bookings_feed_instrument",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.instrument or ''} {self.created_at:%Y-%m-%d}"
