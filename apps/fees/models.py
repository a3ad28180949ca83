"""Fee standard versions: what an instrument costs, by item and tier, in force by date. A version is never
changed once approved.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified


class Tier(models.TextChoices):
    """Who pays which price."""

    INTERNAL = "internal", _("Internal")
    EXTERNAL_ACADEMIC = "external_academic", _("External academic")
    ENTERPRISE = "enterprise", _("Enterprise")
    OWN_GROUP = "own_group", _("Own group")
    HOSTED_OWNER = "hosted_owner", _("Hosted owner")


class FeeVersion(Identified, Dated):
    """One version of an instrument's fee standard (收费标准). In force is a question of date; periods never
    overlap (database).
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="fee_versions"
    )
    version = models.PositiveIntegerField()
    approval_no = models.CharField(max_length=60)
    minimum_minutes = models.PositiveIntegerField(
        default=0, help_text="A use is billed for at least this long"
    )
    minimum_fen = models.BigIntegerField(default=0, help_text="A use costs at least this much, in fen")
    billing_step_seconds = models.PositiveIntegerField(
        default=1,
        help_text="Time is billed in whole steps of this length, rounded up",
    )
    night_rate = models.CharField(
        max_length=10, default="1", help_text="Factor on the hour price during the night, as a decimal string"
    )
    night_start_hour = models.PositiveSmallIntegerField(default=22)
    night_end_hour = models.PositiveSmallIntegerField(default=7)
    digest = models.CharField(max_length=64)
    source_case = models.CharField(max_length=80)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["instrument", "version"], name="fees_version_once"),
            models.CheckConstraint(
                condition=Q(minimum_fen__gte=0) & Q(billing_step_seconds__gt=0), name="fees_version_minimum"
            ),
            models.CheckConstraint(
                condition=Q(night_start_hour__lt=24) & Q(night_end_hour__lt=24),
                name="fees_version_night_hours",
            ),
        ]
        indexes = [models.Index(fields=["instrument", "-valid_from"])]

    def __str__(self) -> str:
        return f"{self.instrument} v{self.version} ({self.approval_no})"


class FeeItem(models.Model):
    """One price of one tier. Hours, samples and start-ups are different units and never added together."""

    class Unit(models.TextChoices):
        HOUR = "hour", _("per instrument hour")
        SAMPLE = "sample", _("per sample")
        STARTUP = "startup", _("per start-up")

    version = models.ForeignKey(FeeVersion, on_delete=models.PROTECT, related_name="items")
    code = models.CharField(max_length=20)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    service_mode = models.CharField(
        max_length=10,
        choices=[("self", _("Self-operated")), ("assisted", _("Assisted")), ("sample", _("Sample test"))],
    )
    unit = models.CharField(max_length=10, choices=Unit)
    tier = models.CharField(max_length=20, choices=Tier)
    price_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "code", "tier"], name="fees_item_once"),
            models.CheckConstraint(condition=Q(price_fen__gte=0), name="fees_item_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.tier} {self.price_fen}"
