"""Theory exams: attempts, and the questions drawn for each, frozen as they were asked."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Identified

USER = settings.AUTH_USER_MODEL


class ExamAttempt(Identified):
    """One sitting of one person at the exam of a course. It ends by submission or at its deadline, by the
    server's clock.

    `seed` draws the same questions in the same order again. Points are whole; `passed` is decided once.
    """

    class Ending(models.TextChoices):
        SUBMITTED = "submitted", _("Handed in")
        EXPIRED = "expired", _("Time was up")

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="exam_attempts")
    course = models.ForeignKey("training.Course", on_delete=models.PROTECT, related_name="attempts")
    version = models.ForeignKey("training.CourseVersion", on_delete=models.PROTECT, related_name="attempts")
    request = models.ForeignKey(
        "training.TrainingRequest", null=True, on_delete=models.PROTECT, related_name="attempts"
    )
    number = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    deadline = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=9, choices=Ending, blank=True)
    score = models.PositiveIntegerField(null=True, blank=True)
    max_score = models.PositiveIntegerField()
    passed = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "course"],
                condition=Q(ended_at__isnull=True),
                name="training_exam_one_running",
            ),
            models.CheckConstraint(condition=Q(deadline__gt=F("started_at")), name="training_exam_deadline"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="", score__isnull=True, passed__isnull=True)
                | Q(ended_at__isnull=False, score__isnull=False, passed__isnull=False) & ~Q(ending=""),
                name="training_exam_ended_whole",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=F("max_score")), name="training_exam_score"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "course", "-started_at"]),
            models.Index(
                fields=["deadline"], condition=Q(ended_at__isnull=True), name="training_exam_running"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.course} #{self.number}"

    @property
    def percent(self) -> int | None:
        """The points in whole percent, rounded down; None before the end."""
        return None if self.score is None else 100 * self.score // self.max_score


class ExamQuestion(models.Model):
    """One question as it was asked: words and options in the order shown, the right keys, the answer so far,
    and the points at the end. An `answer` of None means: not answered.
    """

    attempt = models.ForeignKey(ExamAttempt, on_delete=models.PROTECT, related_name="questions")
    position = models.PositiveSmallIntegerField()
    question = models.ForeignKey("training.Question", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    points = models.PositiveSmallIntegerField()
    content = models.JSONField()
    correct = models.JSONField()
    answer = models.JSONField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    awarded = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="training_exam_position_once"),
            models.UniqueConstraint(fields=["attempt", "question"], name="training_exam_question_once"),
            models.CheckConstraint(
                condition=Q(awarded__isnull=True) | Q(awarded__lte=F("points")), name="training_exam_awarded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt} no. {self.position}"
