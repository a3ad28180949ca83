"""Runs: samples that are tested together, and the uses of the instrument under which that happened."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class SampleRun(Identified):
    """An operator tests a batch on one instrument. One open run an instrument."""

    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="sample_runs"
    )
    operator = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="sample_runs")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["instrument"], condition=Q(ended_at__isnull=True), name="samples_one_open_run"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="samples_run_period",
            ),
        ]
        indexes = [models.Index(fields=["instrument", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.instrument} {self.started_at:%Y-%m-%d %H:%M}"


class RunSession(models.Model):
    """A use of the instrument that belongs to a run, pushed down by the usage room: `session` is its ULID."""

    run = models.ForeignKey(SampleRun, on_delete=models.PROTECT, related_name="sessions")
    session = models.CharField(max_length=26, unique=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    powered_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(powered_ms__gte=0), name="samples_session_powered"),
        ]

    def __str__(self) -> str:
        return f"{self.run}: {self.session}"
