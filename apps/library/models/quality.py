"""How complete the record of an instrument has to be: versions of the table of checks, and the score of each
instrument as it was last found.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class QualityTable(Identified):
    """A version of the table: `weights` says for each check (apps.library.quality) how much it counts, in
    hundredths; together they are 100. The latest that has begun holds.
    """

    number = models.PositiveIntegerField(unique=True)
    weights = models.JSONField()
    valid_from = models.DateTimeField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        indexes = [models.Index(fields=["-valid_from", "-number"])]

    def __str__(self) -> str:
        return f"v{self.number}"


class InstrumentQuality(models.Model):
    """The score of an instrument as it was last found, for lists and reminders: pages of one instrument ask
    anew.
    """

    instrument = models.OneToOneField(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="quality"
    )
    score = models.PositiveSmallIntegerField()
    missing = models.JSONField()
    table = models.PositiveIntegerField()
    found_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(score__lte=100), name="library_quality_score")]
        indexes = [models.Index(fields=["score", "instrument"])]

    def __str__(self) -> str:
        return f"{self.instrument_id}: {self.score}"


class InstrumentProfile(models.Model):
    """What its manager tells of an instrument beyond the register: what it is for, what it can do, on what
    terms, whom to ask. Published as it is.
    """

    instrument = models.OneToOneField(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="profile"
    )
    technical = models.TextField(blank=True)
    function = models.TextField(blank=True)
    services = models.TextField(blank=True)
    terms = models.TextField(blank=True)
    subjects = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=120, blank=True)
    saved_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"profile of {self.instrument_id}"
