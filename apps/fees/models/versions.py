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


class ServiceMode(models.TextChoices):
    """Who runs the instrument."""

    SELF = "self", _("Self-operated")
    ASSISTED = "assisted", _("Assisted")
    SAMPLE = "sample", _("Sample test")


class Unit(models.TextChoices):
    """What one price buys. Different units are never added together."""

    HOUR = "hour", _("per instrument hour")
    SAMPLE = "sample", _("per sample")
    STARTUP = "startup", _("per start-up")
    COMPONENT = "component", _("per extra component")
    POINT = "point", _("per temperature point")
    PERIOD = "period", _("per started period")
    FURTHER = "further", _("per further started period")
    BLOCK = "block", _("per block of time")
    CORE_HOUR = "core_hour", _("per core-hour")


class FeeVersion(Identified, Dated):
    """One version of an instrument's fee standard (收费标准). In force is a question of date; periods never
    overlap (database).
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="fee_versions"
    )
    version = models.PositiveIntegerField()
    approval_no = models.CharField(max_length=60, help_text="The number of the decision behind it")
    submission = models.ForeignKey(
        "fees.Submission", null=True, blank=True, on_delete=models.PROTECT, related_name="versions"
    )
    review_by = models.DateField(null=True, blank=True, help_text="Reviewed anew by this school day")
    minimum_minutes = models.PositiveIntegerField(
        default=0, help_text="A use is billed for at least this long"
    )
    minimum_fen = models.BigIntegerField(default=0, help_text="A use costs at least this much, in fen")
    cap_fen = models.BigIntegerField(null=True, blank=True, help_text="A use costs at most this much, in fen")
    billing_step_seconds = models.PositiveIntegerField(
        default=1,
        help_text="Time is billed in whole steps of this length, rounded up",
    )
    night_rate = models.CharField(
        max_length=10, default="1", help_text="Factor on the hour price during the night, as a decimal string"
    )
    night_start_hour = models.PositiveSmallIntegerField(default=22)
    night_end_hour = models.PositiveSmallIntegerField(default=7)
    weekend_rate = models.CharField(max_length=10, default="1", help_text="Factor on days off, by the hour")
    weekend_night_rate = models.CharField(
        max_length=10, blank=True, help_text="Factor in nights of days off; empty: the lower of the two"
    )
    rush_rate = models.CharField(max_length=10, default="1")
    repeat_rate = models.CharField(max_length=10, default="1")
    own_group_rate = models.CharField(max_length=10, default="1")
    hosted_owner_rate = models.CharField(max_length=10, default="1")
    department_rate = models.CharField(max_length=10, default="1")
    prepaid_from_fen = models.BigIntegerField(default=0)
    prepaid_rate = models.CharField(max_length=10, default="1")
    planned_hours_year = models.PositiveIntegerField(
        null=True, blank=True, help_text="Instrument hours a year that the cost was planned with"
    )
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
            models.CheckConstraint(
                condition=Q(cap_fen__isnull=True) | Q(cap_fen__gte=models.F("minimum_fen")),
                name="fees_version_cap",
            ),
        ]
        indexes = [
            models.Index(fields=["instrument", "-valid_from"]),
            models.Index(
                fields=["review_by"],
                condition=Q(review_by__isnull=False, valid_until__isnull=True, revoked_at__isnull=True),
                name="fees_version_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} v{self.version} ({self.approval_no})"


class FeeItem(models.Model):
    """One price of one tier. Hours, samples and start-ups are different units and never added together.

    The parts say what one unit costs in ten-thousandths of a yuan, as approved; null where nobody said. They
    are the same for every tier of an item.
    """

    Unit = Unit

    version = models.ForeignKey(FeeVersion, on_delete=models.PROTECT, related_name="items")
    code = models.CharField(max_length=20)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    service_mode = models.CharField(max_length=10, choices=ServiceMode)
    unit = models.CharField(max_length=10, choices=Unit)
    tier = models.CharField(max_length=20, choices=Tier)
    price_fen = models.BigIntegerField()
    position = models.PositiveSmallIntegerField(default=0)
    function = models.CharField(max_length=40, blank=True, help_text="What peers are looked for under")
    unit_minutes = models.PositiveIntegerField(default=0, help_text="Length of a started period")
    block_start = models.CharField(max_length=5, blank=True)
    block_end = models.CharField(max_length=5, blank=True)
    follows = models.CharField(max_length=20, blank=True)
    following_rate = models.CharField(max_length=10, default="1")
    depreciation_e4 = models.BigIntegerField(null=True, blank=True)
    maintenance_e4 = models.BigIntegerField(null=True, blank=True)
    consumables_e4 = models.BigIntegerField(null=True, blank=True)
    utilities_e4 = models.BigIntegerField(null=True, blank=True)
    labour_e4 = models.BigIntegerField(null=True, blank=True)
    space_e4 = models.BigIntegerField(null=True, blank=True)
    management_e4 = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "code", "tier"], name="fees_item_once"),
            models.CheckConstraint(condition=Q(price_fen__gte=0), name="fees_item_not_negative"),
        ]
        indexes = [models.Index(fields=["function", "service_mode", "unit", "tier"], name="fees_item_peers")]

    def __str__(self) -> str:
        return f"{self.code} {self.tier} {self.price_fen}"
