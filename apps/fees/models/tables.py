"""Dated tables: which components a tier may be charged, what is not open and until when, hours measured
before the records of this system begin.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.fees.models.versions import ServiceMode, Tier


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
    source = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "first"], name="fees_measured_year_once"),
            models.CheckConstraint(condition=Q(last__gt=models.F("first")), name="fees_measured_year_period"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.first} {self.effective_hours} h"
