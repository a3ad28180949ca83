"""Versions of the terms, numbered, never changed; and who has accepted which."""

from django.conf import settings
from django.db import models

from apps.core.models import Identified
from apps.hosting.models.agreements import Agreement, Side

USER = settings.AUTH_USER_MODEL


class TermsVersion(Identified):
    """What one side has proposed: `content` as `hosting.content.Terms.as_json`. Append-only."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=6, choices=Side)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["agreement", "number"]
        constraints = [models.UniqueConstraint(fields=["agreement", "number"], name="hosting_version_number")]

    def __str__(self) -> str:
        return f"{self.agreement} v{self.number}"


class Acceptance(Identified):
    """A side accepts a version as it stands. Who proposed it has accepted it. Append-only."""

    version = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="acceptances")
    side = models.CharField(max_length=6, choices=Side)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "side"], name="hosting_accepted_once")]

    def __str__(self) -> str:
        return f"{self.side} accepts {self.version}"
