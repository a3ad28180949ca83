"""Results, the second pair of eyes, and what the requester says to them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class Result(Identified):
    """What a test of a sample gave. Append-only: a correction is the next `seq` of the same round, and
    the last one counts. `extras` counts what was needed besides the test, by the codes of the fee
    standard.
    """

    sample = models.ForeignKey("samples.Sample", on_delete=models.PROTECT, related_name="results")
    round = models.PositiveSmallIntegerField()
    seq = models.PositiveSmallIntegerField()
    summary = models.TextField()
    extras = models.JSONField(default=dict)
    tester = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["sample_id", "round", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["sample", "round", "seq"], name="samples_result_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sample} {self.round}.{self.seq}"


class ResultCheck(Identified):
    """Somebody other than the tester looked at a result. Append-only; the database refuses the tester."""

    result = models.OneToOneField(Result, on_delete=models.PROTECT, related_name="check_made")
    tester = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    passed = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(checker=F("tester")), name="samples_second_person"),
        ]

    def __str__(self) -> str:
        return f"{self.result}: {'ok' if self.passed else 'again'}"


class Objection(Identified):
    """The requester does not believe a released result; one for each round of a sample. Upheld, it is tested
    again at no cost.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        UPHELD = "upheld", _("Upheld: tested again")
        REJECTED = "rejected", _("Rejected")

    sample = models.ForeignKey("samples.Sample", on_delete=models.PROTECT, related_name="objections")
    round = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "round"], name="samples_objection_once"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="samples_objection_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample} {self.round}: {self.state}"


class Rating(Identified):
    """What the requester thinks of the service, once a request."""

    request = models.OneToOneField("samples.SampleRequest", on_delete=models.PROTECT, related_name="rating")
    stars = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="samples_rating_stars"),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.stars}"
