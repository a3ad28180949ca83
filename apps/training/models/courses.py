"""What is taught: courses, and their terms as immutable, dated versions."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Dated, Identified
from apps.instruments.models import Instrument, local_name
from apps.training.models.certificates import Certificate

USER = settings.AUTH_USER_MODEL


class Course(Identified):
    """The laboratory safety course, or a course that leads to one level on one instrument, or on any
    instrument of a class and model.

    `class6` and `model` say which instruments a course of the kind 'model' covers; an empty `model` means the
    whole class.
    """

    class Kind(models.TextChoices):
        SAFETY = "safety", _("Laboratory safety")
        INSTRUMENT = "instrument", _("One instrument")
        MODEL = "model", _("Instruments of a class and model")

    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    instrument = models.ForeignKey(
        Instrument, null=True, blank=True, on_delete=models.PROTECT, related_name="courses"
    )
    class6 = models.CharField(max_length=6, blank=True)
    model = models.CharField(max_length=80, blank=True)
    level = models.CharField(max_length=10, choices=Certificate.Level, blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="safety", instrument__isnull=True, class6="", model="", level="")
                | Q(kind="instrument", instrument__isnull=False, class6="", model="") & ~Q(level="")
                | Q(kind="model", instrument__isnull=True) & ~Q(class6="") & ~Q(level=""),
                name="training_course_kind",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind="safety", retired_at__isnull=True),
                name="training_course_one_safety",
            ),
            models.UniqueConstraint(
                fields=["instrument", "level"],
                condition=Q(kind="instrument", retired_at__isnull=True),
                name="training_course_instrument_once",
            ),
            models.UniqueConstraint(
                fields=["class6", "model", "level"],
                condition=Q(kind="model", retired_at__isnull=True),
                name="training_course_model_once",
            ),
        ]
        indexes = [models.Index(fields=["class6", "model"])]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return local_name(self.name_zh, self.name_en)

    @property
    def is_safety(self) -> bool:
        return self.kind == self.Kind.SAFETY


class CourseVersion(Identified, Dated):
    """The terms of a course from a date on. Never changed: the next version ends it (both kept by the
    database).

    Minutes are minutes of supervised use; `pass_mark` is a percentage of the points; `disuse_days` without a
    use end a certificate (none: never). A renewal and a difference training ask for less than the whole way.
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    prerequisite_level = models.CharField(
        max_length=10, choices=Instrument.CertificateLevel, default=Instrument.CertificateLevel.NONE
    )
    required_courses: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        Course, related_name="required_by", blank=True
    )
    required_minutes = models.PositiveIntegerField(default=0)
    pass_mark = models.PositiveSmallIntegerField(
        default=60, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    time_limit_minutes = models.PositiveIntegerField(default=60)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    cooling_off_days = models.PositiveSmallIntegerField(default=3)
    validity_days = models.PositiveIntegerField(default=730)
    disuse_days = models.PositiveIntegerField(null=True, blank=True)
    renewal_exam = models.BooleanField(default=True)
    renewal_minutes = models.PositiveIntegerField(default=0)
    renewal_assessment = models.BooleanField(default=False)
    difference_exam = models.BooleanField(default=False)
    difference_minutes = models.PositiveIntegerField(default=60)
    author = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["course", "number"], name="training_course_version_once"),
            models.CheckConstraint(
                condition=Q(pass_mark__gte=1, pass_mark__lte=100), name="training_course_pass_mark"
            ),
            models.CheckConstraint(
                condition=Q(time_limit_minutes__gt=0, max_attempts__gt=0, validity_days__gt=0),
                name="training_course_limits",
            ),
            models.CheckConstraint(
                condition=Q(disuse_days__isnull=True) | Q(disuse_days__gt=0), name="training_course_disuse"
            ),
        ]
        indexes = [models.Index(fields=["course", "-valid_from"])]

    def __str__(self) -> str:
        return f"{self.course} v{self.number}"


class TopicShare(models.Model):
    """So many questions of one topic are drawn for the theory exam of a version."""

    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="shares")
    topic = models.ForeignKey("training.Topic", on_delete=models.PROTECT, related_name="shares")
    questions = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "topic"], name="training_share_once"),
            models.CheckConstraint(condition=Q(questions__gt=0), name="training_share_some"),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.questions} x {self.topic}"


class ExtraAttempt(Identified):
    """Somebody was given one more attempt at the exam of a course, and why."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="extra_attempts")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="extra_attempts")
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["user", "course", "granted_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("user")), name="training_extra_not_own"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.course} +1"
