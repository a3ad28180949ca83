"""The question bank: topics, questions with their answers, and files on their way in."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.instruments.models import local_name

USER = settings.AUTH_USER_MODEL


class Topic(Identified):
    """What questions are about. It belongs to a facility, whose managers and trainers keep it, or to the
    whole school.
    """

    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    facility = models.ForeignKey(
        "instruments.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="topics"
    )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return local_name(self.name_zh, self.name_en)


class Question(Identified, Dated):
    """One wording of a question, in the bank for a period. A changed wording is a new row under the same
    `code`.

    `options` is a list of {key, zh, en}; `correct` a list of keys. True-false questions have the options A
    (true) and B (false). `digest` tells whether a file brings anything new.
    """

    class Kind(models.TextChoices):
        SINGLE = "single", _("One answer")
        MULTIPLE = "multiple", _("Several answers")
        TRUE_FALSE = "true_false", _("True or false")

    code = models.CharField(max_length=40)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="questions")
    kind = models.CharField(max_length=10, choices=Kind)
    points = models.PositiveSmallIntegerField(default=1)
    text_zh = models.TextField()
    text_en = models.TextField(blank=True)
    options = models.JSONField()
    correct = models.JSONField()
    explanation_zh = models.TextField(blank=True)
    explanation_en = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    author = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["code"], condition=Q(revoked_at__isnull=True), name="training_question_one_wording"
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="training_question_points"),
        ]
        indexes = [models.Index(fields=["topic", "code"])]

    def __str__(self) -> str:
        return self.code


class QuestionUpload(Identified):
    """A file of questions that was looked at and waits for a yes. A draft: it vanishes when it is loaded,
    given up or old.
    """

    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    content = models.BinaryField()
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
