"""Practical assessments: the rubric of an instrument, and what a trainer saw."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.instruments.models import local_name

USER = settings.AUTH_USER_MODEL


class Rubric(Identified, Dated):
    """What somebody must show at an instrument, from a date on. Never changed: the next version ends it.

    `pass_mark` is a percentage of the points; critical criteria must pass whatever the points say.
    """

    instrument = models.ForeignKey("instruments.Instrument", on_delete=models.PROTECT, related_name="rubrics")
    number = models.PositiveIntegerField()
    pass_mark = models.PositiveSmallIntegerField(default=60, validators=[MaxValueValidator(100)])
    author = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["instrument", "number"], name="training_rubric_once"),
            models.CheckConstraint(condition=Q(pass_mark__lte=100), name="training_rubric_pass_mark"),
        ]
        indexes = [models.Index(fields=["instrument", "-valid_from"])]

    def __str__(self) -> str:
        return f"{self.instrument} rubric v{self.number}"


class Criterion(Identified):
    """One line of a rubric: passed or not, or points up to `max_points`, passed from `pass_points` on."""

    class Kind(models.TextChoices):
        PASS_FAIL = "pass_fail", _("Passed or not")
        SCORE = "score", _("Points")

    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="criteria")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    max_points = models.PositiveSmallIntegerField(default=1)
    pass_points = models.PositiveSmallIntegerField(default=1)
    critical = models.BooleanField(default=False)
    text_zh = models.CharField(max_length=200)
    text_en = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["rubric", "position"], name="training_criterion_once"),
            models.CheckConstraint(
                condition=Q(max_points__gt=0, pass_points__lte=F("max_points")),
                name="training_criterion_points",
            ),
        ]

    def __str__(self) -> str:
        return local_name(self.text_zh, self.text_en)


class Assessment(Identified):
    """What a trainer saw of a trainee, once handed in for good. `nonce` makes a form that is sent twice count
    once.
    """

    request = models.ForeignKey(
        "training.TrainingRequest", on_delete=models.PROTECT, related_name="assessments"
    )
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="assessments")
    instrument = models.ForeignKey(
        "instruments.Instrument", on_delete=models.PROTECT, related_name="assessments"
    )
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="assessments")
    assessor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=26, unique=True)
    submitted_at = models.DateTimeField()
    score = models.PositiveIntegerField()
    max_score = models.PositiveIntegerField()
    critical_failed = models.BooleanField()
    passed = models.BooleanField()
    remark = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(assessor=F("user")), name="training_assessment_not_own"),
            models.CheckConstraint(
                condition=Q(score__lte=F("max_score"), max_score__gt=0), name="training_assessment_score"
            ),
            models.CheckConstraint(
                condition=Q(passed=False) | Q(critical_failed=False), name="training_assessment_critical"
            ),
        ]
        indexes = [models.Index(fields=["request", "-submitted_at"])]

    def __str__(self) -> str:
        return f"{self.user} {self.instrument} {self.score}/{self.max_score}"

    @property
    def percent(self) -> int:
        """The points in whole percent, rounded down."""
        return 100 * self.score // self.max_score


class Finding(models.Model):
    """The answer to one criterion: its points (all or none for one that is passed or not), and a note."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="findings")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "criterion"], name="training_finding_once")
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.points}"
