"""API tokens, known only by the digest of their secret, and the answers that a repeated request hears
again.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Dated, Identified

USER = settings.AUTH_USER_MODEL


class ApiToken(Identified, Dated):
    """A program may act for its user within `scopes` and [valid_from, valid_until), unless revoked.

    `prefix` is what people call it and what stands in logs; `digest` is the SHA-256 of the whole secret, in
    hexadecimal. It never gives more than its user may do at that moment.
    """

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=200, blank=True)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(valid_until__isnull=False), name="tokens_apitoken_ends"),
        ]
        indexes = [models.Index(fields=["user", "-valid_until"])]

    def __str__(self) -> str:
        return self.prefix

    @property
    def scope_set(self) -> frozenset[str]:
        """The scopes as a set."""
        return frozenset(self.scopes)


class Answered(models.Model):
    """What a request under an idempotency key was answered, written in the transaction of its effect. Kept
    for `api.idempotency_hours`; the truth is the effect itself.
    """

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="tokens_answered_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"
