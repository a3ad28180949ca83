"""Which course leads to a certificate for which instrument, and by which terms at a moment. Reads only."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from apps.core.periods import in_force
from apps.instruments.models import Instrument
from apps.training.models import Course, CourseVersion


def covered_by(course: Course) -> Q:
    """The instruments for which a course leads to a certificate; none for the safety course."""
    if course.is_safety:
        return Q(pk__in=())
    if course.instrument_id is not None:
        return Q(pk=course.instrument_id)
    same = Q(class6=course.class6, retired_at__isnull=True)
    return same & Q(model=course.model) if course.model else same


def covers(course: Course, instrument: Instrument) -> bool:
    """Whether the course leads to a certificate for this instrument. No query."""
    if course.is_safety:
        return False
    if course.instrument_id is not None:
        return course.instrument_id == instrument.pk
    return course.class6 == instrument.class6 and course.model in ("", instrument.model)


def courses_for(instrument: Instrument) -> QuerySet[Course]:
    """The courses that lead to a certificate for the instrument, those of the instrument itself first."""
    of_kind = Q(kind=Course.Kind.MODEL, class6=instrument.class6, model__in=("", instrument.model))
    found = Course.objects.filter(Q(instrument=instrument) | of_kind, retired_at__isnull=True)
    return found.order_by("kind", "-model", "code")


def version_in_force(course: Course, at: datetime) -> CourseVersion | None:
    """The terms of a course at a moment; None before the first, and once it is retired. One query."""
    if course.retired_at is not None and course.retired_at <= at:
        return None
    return course.versions.filter(in_force(at)).order_by("-number").first()


def versions_in_force(courses: Iterable[Course], at: datetime) -> dict[int, CourseVersion]:
    """The same for several courses by their id, in one query."""
    found = CourseVersion.objects.filter(in_force(at), course__in=list(courses)).order_by("number")
    return {version.course_id: version for version in found}
