"""Links for customers without an account: each opens one request and nothing else."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class GuestLink(Identified):
    """Whoever knows the secret acts as the customer of `request`, until `expires_at`, as long as it is not
    revoked, the request is not over and `sponsor` is active. `digest` is the SHA-256 of the secret, in
    hexadecimal. Above `limit_fen` the sponsor agrees to an offer, not the customer.
    """

    request = models.ForeignKey("samples.SampleRequest", on_delete=models.PROTECT, related_name="guest_links")
    sponsor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="guest_links")
    digest = models.CharField(max_length=64, unique=True)
    limit_fen = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(revoked_at__isnull=True), name="samples_one_link"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="samples_link_period"),
            models.CheckConstraint(condition=Q(limit_fen__gte=0), name="samples_link_limit"),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.expires_at:%Y-%m-%d}"
