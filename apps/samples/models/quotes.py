"""Offers and delays: both are written once and stay."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Quote(Identified):
    """What the samples cost at least and at most (fen), and the day by which results are promised. The charge
    never exceeds `high_fen`. `extras` counts what may be needed at most, by the codes of the fee standard.
    """

    request = models.ForeignKey("samples.SampleRequest", on_delete=models.PROTECT, related_name="quotes")
    instrument = models.ForeignKey("instruments.Instrument", on_delete=models.PROTECT, related_name="+")
    fee_version = models.ForeignKey("fees.FeeVersion", null=True, on_delete=models.PROTECT, related_name="+")
    tier = models.CharField(max_length=20)
    sample_count = models.PositiveSmallIntegerField()
    extras = models.JSONField(default=dict)
    lines = models.JSONField(default=list)
    low_fen = models.BigIntegerField()
    high_fen = models.BigIntegerField()
    promised_on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    quoted_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    quoted_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(low_fen__gte=0, high_fen__gte=F("low_fen")), name="samples_quote_range"
            ),
            models.CheckConstraint(
                condition=Q(high_fen=0) | Q(fee_version__isnull=False), name="samples_quote_priced"
            ),
            models.CheckConstraint(condition=Q(valid_until__gt=F("quoted_at")), name="samples_quote_period"),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.low_fen}-{self.high_fen} fen, {self.promised_on}"


class Delay(Identified):
    """The promised day moves from `was` to `becomes`, for a reason that everybody concerned can read."""

    class Reason(models.TextChoices):
        QUEUE = "queue", _("More work than expected")
        BREAKDOWN = "breakdown", _("Instrument out of service")
        STAFF = "staff", _("Nobody to operate it")
        SAMPLE = "sample", _("Something about the samples")
        LATE_ARRIVAL = "late_arrival", _("Samples arrived late")
        MATERIAL = "material", _("Material is missing")
        RETEST = "retest", _("Test repeated")
        TRANSFER = "transfer", _("Moved to another instrument")
        OTHER = "other", _("Another reason")

    request = models.ForeignKey("samples.SampleRequest", on_delete=models.PROTECT, related_name="delays")
    reason = models.CharField(max_length=12, choices=Reason)
    note = models.CharField(max_length=500, blank=True)
    was = models.DateField()
    becomes = models.DateField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(becomes__gt=F("was")), name="samples_delay_later"),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.was} -> {self.becomes} ({self.reason})"
