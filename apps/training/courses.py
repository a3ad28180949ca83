"""Courses and their terms: made, put in force from a date, retired. Terms are never changed: the next version
ends its predecessor at the instant at which it begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.training.models import Certificate, Course, CourseVersion, ExtraAttempt, Question, Topic, TopicShare
from apps.training.queries import LEVELS, rank
from apps.training.reach import may_keep_course, may_train_on_any


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a version of a course asks and gives. Minutes are minutes of supervised use, `pass_mark` a
    percentage, `shares` the number of questions by topic; no shares mean no theory exam.
    """

    prerequisite_level: str = "none"
    required_courses: tuple[Course, ...] = ()
    required_minutes: int = 0
    pass_mark: int = 60
    time_limit_minutes: int = 60
    max_attempts: int = 3
    cooling_off_days: int = 3
    validity_days: int = 730
    disuse_days: int | None = None
    renewal_exam: bool = True
    renewal_minutes: int = 0
    renewal_assessment: bool = False
    difference_exam: bool = False
    difference_minutes: int = 60
    shares: Mapping[Topic, int] = field(default_factory=dict)


_RANGES: Mapping[str, range] = {
    "required_minutes": range(100_001),
    "pass_mark": range(1, 101),
    "time_limit_minutes": range(1, 24 * 60 + 1),
    "max_attempts": range(1, 100),
    "cooling_off_days": range(366),
    "validity_days": range(1, 36_501),
    "renewal_minutes": range(100_001),
    "difference_minutes": range(100_001),
}
_LONGEST_DISUSE = 36_500


@transaction.atomic
def create_course(
    *,
    code: str,
    kind: str,
    name_zh: str,
    name_en: str,
    by: User | None,
    now: datetime,
    level: str = "",
    instrument: Instrument | None = None,
    class6: str = "",
    model: str = "",
) -> Course:
    """A course without terms yet: `publish_version` gives it some.

    Raises Invalid `training.course_kind`, `training.course_level`, `training.course_name`,
    `training.course_covers_nothing`; NotPermitted `training.not_course_keeper`; WrongState
    `training.course_taken` (the code, or another course that leads to the same level).
    """
    if kind not in Course.Kind.values:
        raise Invalid(_("Unknown kind of course."), code="training.course_kind", field="kind")
    code, name_zh, name_en = code.strip(), name_zh.strip(), name_en.strip()
    if not code or not name_zh or not name_en:
        raise Invalid(_("A course has a code and both names."), code="training.course_name", field="code")
    safety = kind == Course.Kind.SAFETY
    if (level == "") != safety or (level and level not in Certificate.Level.values):
        raise Invalid(_("This level cannot be reached."), code="training.course_level", field="level")
    course = Course(
        code=code,
        kind=kind,
        name_zh=name_zh,
        name_en=name_en,
        level=level,
        instrument=instrument if kind == Course.Kind.INSTRUMENT else None,
        class6=class6.strip() if kind == Course.Kind.MODEL else "",
        model=model.strip() if kind == Course.Kind.MODEL else "",
        created_at=now,
    )
    _require_coverage(course)
    _require_keeper(course, by, now)
    try:
        with transaction.atomic():
            course.save(force_insert=True)
    except IntegrityError as exc:
        raise WrongState(
            _("There is such a course already."), code="training.course_taken", field="code"
        ) from exc
    _record("create_course", course, by, now)
    return course


@transaction.atomic
def publish_version(
    *, course: Course, terms: Terms, valid_from: datetime, by: User | None, now: datetime
) -> CourseVersion:
    """The terms in force from a date; those before end at the same instant. Who is in training keeps theirs.

    Raises Invalid `training.terms` (`field` names which), `training.too_few_questions` with the topic and
    how many there are, `training.safety_without_exam`; NotPermitted `training.not_course_keeper`; WrongState
    `training.course_retired`, `training.later_version`.
    """
    _require_keeper(course, by, now)
    row = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    if row.retired_at is not None:
        raise WrongState(_("This course is no longer given."), code="training.course_retired")
    if valid_from < now:
        raise Invalid(_("Terms cannot begin in the past."), code="training.terms", field="valid_from")
    _check(row, terms)
    _require_questions(terms.shares, valid_from)
    return _write(row, terms, valid_from, by, now)


def _write(row: Course, terms: Terms, valid_from: datetime, by: User | None, now: datetime) -> CourseVersion:
    if row.versions.filter(valid_from__gte=valid_from, revoked_at__isnull=True).exists():
        raise WrongState(_("Later terms of this course are planned already."), code="training.later_version")
    row.versions.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from)).update(
        valid_until=valid_from
    )
    version = CourseVersion.objects.create(
        course=row,
        number=row.versions.count() + 1,
        author=by,
        valid_from=valid_from,
        **{name: getattr(terms, name) for name in _COLUMNS},
    )
    version.required_courses.set(terms.required_courses)
    TopicShare.objects.bulk_create(
        TopicShare(version=version, topic=topic, questions=count) for topic, count in terms.shares.items()
    )
    _record("publish_version", row, by, now, version=version.number)
    return version


_COLUMNS = (
    *("prerequisite_level", "required_minutes", "pass_mark", "time_limit_minutes", "max_attempts"),
    *("cooling_off_days", "validity_days", "disuse_days", "renewal_exam", "renewal_minutes"),
    *("renewal_assessment", "difference_exam", "difference_minutes"),
)


@transaction.atomic
def retire_course(*, course: Course, reason: str, by: User | None, now: datetime) -> Course:
    """Nobody begins this course any more; who is in training finishes it.

    Raises Invalid `core.reason_required`; NotPermitted `training.not_course_keeper`; WrongState
    `training.course_retired`.
    """
    reason = require_reason(reason)
    _require_keeper(course, by, now)
    if not Course.objects.filter(pk=course.pk, retired_at__isnull=True).update(retired_at=now):
        raise WrongState(_("This course is no longer given."), code="training.course_retired")
    _record("retire_course", course, by, now, reason=reason)
    course.refresh_from_db()
    return course


@transaction.atomic
def allow_another_attempt(
    *, user: User, course: Course, reason: str, by: User | None, now: datetime
) -> ExtraAttempt:
    """The user may sit the exam of the course once more than its terms say. Never given to oneself.

    Raises Invalid `core.reason_required`; NotPermitted `training.own_certificate`, `training.not_crew`.
    """
    reason = require_reason(reason)
    if by is not None and by.pk == user.pk:
        raise NotPermitted(_("Nobody certifies themselves."), code="training.own_certificate")
    allowed = by is None or may_keep_course(by, course, now) or may_train_on_any(by, course, now)
    if not allowed:
        raise NotPermitted(_("Only the instrument's trainers may do this."), code="training.not_crew")
    extra = ExtraAttempt.objects.create(
        user=user, course=course, granted_at=now, granted_by=by, reason=reason
    )
    _record("allow_another_attempt", course, by, now, reason=reason, user=user.ulid)
    publish("training.attempt_allowed", now=now, user=user.ulid, course=course.ulid)
    return extra


def _check(course: Course, terms: Terms) -> None:
    for name, allowed in _RANGES.items():
        value = getattr(terms, name)
        if type(value) is not int or value not in allowed:
            raise _wrong(name)
    if terms.disuse_days is not None and not 0 < terms.disuse_days <= _LONGEST_DISUSE:
        raise _wrong("disuse_days")
    if any(count < 1 for count in terms.shares.values()):
        raise _wrong("shares")
    _check_before(course, terms)
    if course.is_safety and not terms.shares:
        raise Invalid(
            _("The safety course is an exam: it needs questions."),
            code="training.safety_without_exam",
            field="shares",
        )


def _check_before(course: Course, terms: Terms) -> None:
    """What comes first is lower than what the course leads to, and none of it is the course itself."""
    if terms.prerequisite_level not in LEVELS:
        raise _wrong("prerequisite_level")
    if rank(terms.prerequisite_level) >= rank(course.level or "trainer"):
        raise _wrong("prerequisite_level")
    if any(other.pk == course.pk or other.is_safety for other in terms.required_courses):
        raise _wrong("required_courses")


def _wrong(name: str) -> Invalid:
    return Invalid(_("This value is out of range."), code="training.terms", field=name)


def _require_questions(shares: Mapping[Topic, int], at: datetime) -> None:
    """Every topic has enough questions on the day on which the terms begin."""
    for topic, wanted in shares.items():
        found = Question.objects.filter(in_force(at), topic=topic).count()
        if found < wanted:
            raise Invalid(
                _("A topic has fewer questions than the exam would draw from it."),
                code="training.too_few_questions",
                field="shares",
                topic=topic.code,
                found=found,
                wanted=wanted,
            )


def _require_coverage(course: Course) -> None:
    if course.kind == Course.Kind.INSTRUMENT and course.instrument is None:
        raise _nothing("instrument")
    if course.kind == Course.Kind.MODEL:
        same = Instrument.objects.filter(class6=course.class6, retired_at__isnull=True)
        if course.model:
            same = same.filter(model=course.model)
        if not course.class6 or not same.exists():
            raise _nothing("class6")


def _nothing(name: str) -> Invalid:
    return Invalid(
        _("There is no instrument that this course would cover."),
        code="training.course_covers_nothing",
        field=name,
    )


def _require_keeper(course: Course, by: User | None, now: datetime) -> None:
    if by is not None and not may_keep_course(by, course, now):
        raise NotPermitted(_("You may not set the terms of this course."), code="training.not_course_keeper")


def _record(
    verb: str, course: Course, by: User | None, now: datetime, *, reason: str = "", **details: object
) -> None:
    audit.record(
        action=f"training.{verb}",
        object_ref=f"course:{course.ulid}",
        now=now,
        actor=by,
        reason=reason,
        **details,
    )
