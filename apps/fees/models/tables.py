"""Dated tables: which components a tier may be charged, what is not open and until when, hours measured
before the records of this system begin.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.fees.models.versions import ServiceMode, Tier, Unit


class Component(models.TextChoices):
    """What a cost consists of."""

    DEPRECIATION = "depreciation", _("Depreciation")
    MAINTENANCE = "maintenance", _("Repair")
    CONSUMABLES = "consumables", _("Consumables")
    UTILITIES = "utilities", _("Water and power")
    LABOUR = "labour", _("Labour")
    SPACE = "space", _("Space")
    MANAGEMENT = "management", _("Management")


class ChargeableComponent(Identified, Dated):
    """Whether a tier may be charged a component, in one service mode or (empty) in all; the row of the mode
    counts before the one of all. Where no row is in force, what `components.DEFAULTS` says holds.
    """

    tier = models.CharField(max_length=20, choices=Tier)
    component = models.CharField(max_length=12, choices=Component)
    service_mode = models.CharField(max_length=10, choices=ServiceMode, blank=True)
    allowed = models.BooleanField()
    cites = models.CharField(max_length=200, blank=True)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["tier", "component", "service_mode"],
                condition=Q(valid_until__isnull=True, revoked_at__isnull=True),
                name="fees_component_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier} {self.component} {self.service_mode} {self.allowed}"


class NotOpenApproval(Identified, Dated):
    """An instrument is not open, for a stated reason and until a date; afterwards it is asked again."""

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="not_open_approvals"
    )
    submission = models.ForeignKey(
        "fees.Submission", null=True, on_delete=models.PROTECT, related_name="not_open_approvals"
    )
    approval_no = models.CharField(max_length=60)
    cause = models.CharField(max_length=40)
    reason = models.TextField()
    source_case = models.CharField(max_length=80)

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(valid_until__isnull=False), name="fees_not_open_ends"),
        ]
        indexes = [models.Index(fields=["instrument", "-valid_from"])]

    def __str__(self) -> str:
        return f"{self.instrument} not open"


class OutsidePrice(Identified, Dated):
    """A published price of another institution for the same kind of machine: a peer like those of the
    school itself, known by its source. Costs are there where they were published.
    """

    institution_zh = models.CharField(max_length=80)
    institution_en = models.CharField(max_length=120, blank=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    class6 = models.CharField(max_length=6)
    grade = models.CharField(max_length=10)
    function = models.CharField(max_length=40)
    service_mode = models.CharField(max_length=10, choices=ServiceMode)
    unit = models.CharField(max_length=10, choices=Unit)
    tier = models.CharField(max_length=20, choices=Tier)
    price_fen = models.BigIntegerField()
    depreciation_e4 = models.BigIntegerField(null=True, blank=True)
    maintenance_e4 = models.BigIntegerField(null=True, blank=True)
    consumables_e4 = models.BigIntegerField(null=True, blank=True)
    utilities_e4 = models.BigIntegerField(null=True, blank=True)
    labour_e4 = models.BigIntegerField(null=True, blank=True)
    space_e4 = models.BigIntegerField(null=True, blank=True)
    management_e4 = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(price_fen__gte=0), name="fees_outside_not_negative"),
            models.UniqueConstraint(
                fields=[
                    *("institution_zh", "name_zh", "class6", "function", "service_mode", "unit", "tier"),
                ],
                condition=Q(valid_until__isnull=True, revoked_at__isnull=True),
                name="fees_outside_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["class6", "function", "service_mode", "unit"], name="fees_outside_peers")
        ]

    def __str__(self) -> str:
        return f"{self.institution_zh} {self.name_zh} {self.price_fen}"


class MeasuredYear(Identified):
    """Effective hours of an instrument in a period that this system has no records of: taken over from the
    system before it, or from the school's yearly statistics.
    """

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="measured_years"
    )
    first = models.DateField()
    last = models.DateField()
    effective_hours = models.PositiveIntegerField()
    consumables_fen = models.BigIntegerField(
        null=True, blank=True, help_text="What consumables cost in this period, where it is known"
    )
    source = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "first"], name="fees_measured_year_once"),
            models.CheckConstraint(condition=Q(last__gt=models.F("first")), name="fees_measured_year_period"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.first} {self.effective_hours} h"
