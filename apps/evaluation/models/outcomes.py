"""What comes after the scores: appeals and consequences."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Appeal(Identified):
    """The one appeal that there is against the score of a sheet; decided by a panel without any judge of the
    first.
    """

    sheet = models.OneToOneField("evaluation.Sheet", on_delete=models.PROTECT, related_name="appeal")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="evaluation_appeals")
    reason = models.TextField()
    raised_at = models.DateTimeField()
    upheld = models.BooleanField(null=True, blank=True)
    answer = models.TextField(blank=True)
    panel = models.CharField(max_length=26, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="evaluation_appeal_reason"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, upheld__isnull=True)
                | Q(decided_at__isnull=False, upheld__isnull=False),
                name="evaluation_appeal_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal {self.ulid}"


class Judge(Identified):
    """Somebody who judges in a round, in one of its stages and never in two: a law of the database."""

    round = models.ForeignKey("evaluation.Round", on_delete=models.PROTECT, related_name="judges")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=6, choices=[("bands", _("Bands")), ("appeal", _("Appeal"))])
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "user"], name="evaluation_judges_once")]

    def __str__(self) -> str:
        return f"judge {self.ulid}"


class Consequence(Identified):
    """What follows from a published score, for a time: by the rule `evaluation.consequences`."""

    class Kind(models.TextChoices):
        AWARD = "award", _("Award")
        SUBSIDY = "subsidy", _("Subsidy")
        STOP_PURCHASE = "stop_purchase", _("On the stop-purchase list")
        IDLE_CHARGE = "idle_charge", _("Idle charge")

    sheet = models.ForeignKey("evaluation.Sheet", on_delete=models.PROTECT, related_name="consequences")
    kind = models.CharField(max_length=13, choices=Kind)
    decision = models.CharField(max_length=26)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    source_case = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "kind"], name="evaluation_consequence_once"),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="evaluation_consequence_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sheet}"
