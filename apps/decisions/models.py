"""Rule-set versions (immutable, dated) and the record of every decision, replayable years later."""

from django.conf import settings
from django.db import models

from apps.core.models import Dated, Identified


class RuleSetVersion(Identified, Dated):
    """One immutable version of one decision table. Effective periods of a point never overlap (enforced by
    the database).
    """

    point = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["point", "version"], name="decisions_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.point} v{self.version}"


class DecisionRecord(Identified):
    """What was asked, what was known (with the source of each fact), what was answered, by which version
    and engine. Append-only.

    Without a rule set in force there is only one answer, `deny`: the database keeps that too.
    """

    point = models.CharField(max_length=60)
    ruleset = models.ForeignKey(RuleSetVersion, null=True, on_delete=models.PROTECT, related_name="decisions")
    engine = models.CharField(max_length=20)
    outcome = models.CharField(max_length=40)
    codes = models.JSONField()
    reasons = models.JSONField()
    fired = models.JSONField()
    nearest = models.JSONField()
    facts = models.JSONField()
    facts_schema = models.PositiveSmallIntegerField()
    facts_digest = models.CharField(max_length=64)
    sources = models.JSONField()
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    object_ref = models.CharField(max_length=80)
    asked_by = models.CharField(max_length=80)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ruleset__isnull=False) | models.Q(outcome="deny"),
                name="decisions_no_permit_without_ruleset",
            )
        ]
        indexes = [
            models.Index(fields=["subject", "-decided_at"]),
            models.Index(fields=["object_ref", "-decided_at"]),
            models.Index(fields=["point", "-decided_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.point} {self.outcome} {self.ulid}"
