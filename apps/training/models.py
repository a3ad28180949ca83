"""What makes a person able and allowed: certificates with levels, their suspensions, safety clearances, night
endorsements, sessions.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified

USER = settings.AUTH_USER_MODEL


class Certificate(Identified, Dated):
    """A person may operate an instrument at a level for a period; withdrawn when `revoked_at` is set."""

    class Level(models.TextChoices):
        ASSISTED = "assisted", _("assisted")
        BASIC = "basic", _("basic")
        ADVANCED = "advanced", _("advanced")
        TRAINER = "trainer", _("trainer")

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="certificates")
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="certificates"
    )
    level = models.CharField(max_length=10, choices=Level)
    issued_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    source_case = models.CharField(max_length=80)
    withdrawn_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    withdraw_reason = models.TextField(blank=True)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(valid_until__isnull=False), name="training_certificate_ends"),
        ]
        indexes = [
            models.Index(fields=["user", "instrument", "-valid_until"]),
            models.Index(fields=["instrument", "-valid_until"]),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.level} {self.instrument}"


class CertificateSuspension(Identified, Dated):
    """A certificate does not count from `valid_from` until lifted (`revoked_at`) or `valid_until`."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="suspensions")
    reason = models.TextField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["certificate"],
                condition=Q(revoked_at__isnull=True, valid_until__isnull=True),
                name="training_suspension_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate} suspended"


class SafetyClearance(Identified, Dated):
    """The person passed the laboratory safety exam (实验室准入)."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="safety_clearances")
    source_case = models.CharField(max_length=80)

    class Meta(Dated.Meta):
        constraints = [*Dated.Meta.constraints]
        indexes = [models.Index(fields=["user", "-valid_until"])]

    def __str__(self) -> str:
        return f"{self.user} safety clearance"


class NightEndorsement(Identified, Dated):
    """The person may use this instrument at night and on holidays (夜间使用许可)."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="night_endorsements")
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="night_endorsements"
    )
    source_case = models.CharField(max_length=80)

    class Meta(Dated.Meta):
        constraints = [*Dated.Meta.constraints]
        indexes = [models.Index(fields=["user", "instrument"])]

    def __str__(self) -> str:
        return f"{self.user} night endorsement"


class GuidedSession(Identified):
    """A supervised training session with its trainer, or a course slot with its responsible teacher, on one
    instrument.
    """

    class Kind(models.TextChoices):
        TRAINING = "training", _("Supervised training")
        TEACHING = "teaching", _("Teaching")

    kind = models.CharField(max_length=10, choices=Kind)
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="guided_sessions"
    )
    leader = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    participants: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        USER, related_name="guided_sessions", blank=True
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="training_guided_period")
        ]
        indexes = [models.Index(fields=["instrument", "starts_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.instrument} {self.starts_at:%Y-%m-%d %H:%M}"
