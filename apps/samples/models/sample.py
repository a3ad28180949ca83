"""Samples, and the chain of those who held them. A sample is never lost: it has one custody state and one
named holder in columns that cannot be empty, and these only ever change with the next link of its
chain, which the database itself sees to (`guards.py`).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Hazard(models.TextChoices):
    """What is dangerous about a sample, as it is declared and printed on its label."""

    FLAMMABLE = "flammable", _("Flammable")
    EXPLOSIVE = "explosive", _("Explosive")
    OXIDISING = "oxidising", _("Oxidising")
    CORROSIVE = "corrosive", _("Corrosive")
    TOXIC = "toxic", _("Toxic")
    BIOLOGICAL = "biological", _("Biological")
    RADIOACTIVE = "radioactive", _("Radioactive")
    PYROPHORIC = "pyrophoric", _("Ignites in air")
    NANO = "nano", _("Free nanopowder")


class HoldReason(models.TextChoices):
    """Why a sample waits."""

    DAMAGED = "damaged", _("Arrived damaged")
    TOO_LITTLE = "too_little", _("Too little material")
    UNLABELLED = "unlabelled", _("Label missing or wrong")
    UNCLEAR = "unclear", _("Question to the requester")
    HAZARD = "hazard", _("Safety question")
    PREPARATION = "preparation", _("Needs preparation")
    INSTRUMENT = "instrument", _("Instrument out of service")
    OTHER = "other", _("Another reason")


class Sample(Identified):
    """One piece, known by the code on its label. `round` counts tests: an objection that is upheld begins the
    next. `tested_by` tested it last; nobody checks an own result.
    """

    class State(models.TextChoices):
        DECLARED = "declared", _("Not here yet")
        RECEIVED = "received", _("Received")
        QUEUED = "queued", _("In the queue")
        TESTING = "testing", _("Being tested")
        TESTED = "tested", _("Tested")
        CHECKED = "checked", _("Result checked")
        RELEASED = "released", _("Result released")
        DROPPED = "dropped", _("Not tested")

    class Custody(models.TextChoices):
        REQUESTER = "requester", _("With the requester")
        CREW = "crew", _("With the crew")
        TRANSIT = "transit", _("On the way to another instrument")
        STORED = "stored", _("Stored")
        RETURNED = "returned", _("Given back")
        DISPOSED = "disposed", _("Disposed of")

    WAITING = (State.DECLARED, State.RECEIVED, State.QUEUED, State.TESTING)
    TESTABLE = (State.RECEIVED, State.QUEUED, State.TESTING)
    HERE = (Custody.CREW, Custody.STORED)

    request = models.ForeignKey("samples.SampleRequest", on_delete=models.PROTECT, related_name="samples")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    values = models.JSONField(default=dict)
    hazards = models.JSONField(default=list)
    magnetic = models.BooleanField(default=False)
    volatile = models.BooleanField(default=False)
    size_mm = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.DECLARED)
    round = models.PositiveSmallIntegerField(default=1)
    held = models.CharField(max_length=12, choices=HoldReason, blank=True)
    held_note = models.CharField(max_length=200, blank=True)
    drop_reason = models.CharField(max_length=200, blank=True)
    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="samples"
    )
    rank = models.BigIntegerField(default=0)
    run = models.ForeignKey("samples.SampleRun", null=True, on_delete=models.PROTECT, related_name="samples")
    tested_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    tested_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    custody = models.CharField(max_length=9, choices=Custody, default=Custody.REQUESTER)
    holder = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="held_samples")
    custody_seq = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["request_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="samples_position"),
            models.CheckConstraint(
                condition=~Q(state__in=("tested", "checked", "released"))
                | Q(tested_by__isnull=False, tested_at__isnull=False),
                name="samples_tested_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="released") | Q(released_at__isnull=False), name="samples_released_at"
            ),
            models.CheckConstraint(
                condition=~Q(state="testing") | Q(run__isnull=False), name="samples_tested_in_a_run"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("queued", "testing")) | Q(custody__in=("crew", "stored")),
                name="samples_queued_is_here",
            ),
            models.CheckConstraint(condition=~Q(state="testing") | Q(held=""), name="samples_tested_unheld"),
        ]
        indexes = [
            models.Index(
                fields=["instrument", "rank"],
                condition=Q(state__in=("received", "queued", "testing")),
                name="samples_queue",
            ),
            models.Index(fields=["holder", "custody"]),
            models.Index(
                fields=["tested_at", "instrument"],
                condition=Q(tested_at__isnull=False),
                name="samples_tested",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """What stands on the label."""
        return f"{self.request.number}-{self.position:02d}"

    @property
    def is_here(self) -> bool:
        return self.custody in self.HERE


class Custody(Identified):
    """One link of the chain: who has the sample from now on, in which state, where. Append-only; the last
    link is what `Sample.custody` and `Sample.holder` say.
    """

    class Condition(models.TextChoices):
        GOOD = "good", pgettext_lazy("sample", "In good order")
        DAMAGED = "damaged", _("Damaged")
        LEAKING = "leaking", _("Leaking")
        TOO_LITTLE = "too_little", _("Too little")
        UNLABELLED = "unlabelled", _("Without a label")

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="chain")
    seq = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=Sample.Custody)
    holder = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=80, blank=True)
    instrument = models.ForeignKey(
        "instruments.Instrument", null=True, on_delete=models.PROTECT, related_name="+"
    )
    weight_mg = models.BigIntegerField(null=True)
    condition = models.CharField(max_length=10, choices=Condition, blank=True)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["sample_id", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "seq"], name="samples_custody_once"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="samples_custody_seq"),
            models.CheckConstraint(
                condition=Q(weight_mg__isnull=True) | Q(weight_mg__gt=0), name="samples_custody_weight"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample}: {self.state} ({self.holder})"
