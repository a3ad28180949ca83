"""How far somebody has come on the way to a certificate: what their training asks for, and which of it is
done. Derived from rows every time, never stored. Changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Sum

from apps.training.models import (
    Assessment,
    CourseVersion,
    ExamAttempt,
    SupervisedUse,
    TopicShare,
    TrainingRequest,
)

Kind = TrainingRequest.Kind
EXAM, MINUTES, ASSESSMENT = "exam", "minutes", "assessment"


@dataclass(frozen=True)
class Demands:
    """What a kind of training asks for: the theory exam, minutes of supervised use, the practical
    assessment.
    """

    exam: bool
    minutes: int
    assessment: bool


@dataclass(frozen=True)
class Progress:
    """What is done of it. `assessment` is the latest one that counts; a failed one may be repeated."""

    request: TrainingRequest
    demands: Demands
    exam: ExamAttempt | None
    minutes: int
    assessment: Assessment | None

    @property
    def minutes_missing(self) -> int:
        return max(self.demands.minutes - self.minutes, 0)

    @property
    def exam_done(self) -> bool:
        return not self.demands.exam or self.exam is not None

    @property
    def assessment_done(self) -> bool:
        return not self.demands.assessment or (self.assessment is not None and self.assessment.passed)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is still to do: any of 'exam', 'minutes', 'assessment', in this order."""
        open_ = {
            EXAM: not self.exam_done,
            MINUTES: self.minutes_missing > 0,
            ASSESSMENT: not self.assessment_done,
        }
        return tuple(name for name, missing in open_.items() if missing)

    @property
    def is_complete(self) -> bool:
        return not self.missing


def demands_of(version: CourseVersion, kind: str, *, has_exam: bool) -> Demands:
    """What the terms ask of a kind of training; `has_exam` says whether the terms draw any questions. A
    renewal and a difference training are short ways.
    """
    if kind == Kind.RENEWAL:
        return Demands(has_exam and version.renewal_exam, version.renewal_minutes, version.renewal_assessment)
    if kind == Kind.DIFFERENCE:
        return Demands(has_exam and version.difference_exam, version.difference_minutes, assessment=True)
    return Demands(has_exam, version.required_minutes, assessment=True)


def own_demands(request: TrainingRequest, version: CourseVersion, *, has_exam: bool) -> Demands:
    """What is asked of one accepted request: its terms, without an exam that was waived, with what a trainer
    asked for besides.
    """
    terms = demands_of(version, request.kind, has_exam=has_exam)
    return replace(
        terms,
        exam=terms.exam and not request.exam_waived,
        minutes=terms.minutes + request.extra_minutes,
        assessment=terms.assessment or request.reassess,
    )


def progress_of(request: TrainingRequest) -> Progress | None:
    """The progress of one accepted request; None before acceptance. At most five queries."""
    found = progress_of_many([request])
    return found[0] if found else None


def progress_of_many(requests: Iterable[TrainingRequest]) -> list[Progress]:
    """The progress of the accepted ones among the requests (fetched with their `version`), in their order.
    Four queries.
    """
    asked = [request for request in requests if request.version is not None]
    ids = [request.pk for request in asked]
    versions = {request.version_id for request in asked}
    with_exam = set(
        TopicShare.objects.filter(version__in=versions).values_list("version_id", flat=True).distinct()
    )
    exams = {
        attempt.request_id: attempt
        for attempt in ExamAttempt.objects.filter(request__in=ids, passed=True).order_by("started_at")
    }
    seconds = dict(
        SupervisedUse.objects.filter(place__request__in=ids, voided_at__isnull=True)
        .values_list("place__request")
        .annotate(total=Sum("seconds"))
        .values_list("place__request", "total")
    )
    passed_over = {request.pk: request.reassess_after_id or 0 for request in asked}
    assessments = {
        one.request_id: one
        for one in Assessment.objects.filter(request__in=ids).order_by("submitted_at", "pk")
        if one.pk > passed_over[one.request_id]
    }
    return [
        Progress(
            request=request,
            demands=own_demands(request, request.version, has_exam=request.version_id in with_exam),
            exam=exams.get(request.pk),
            minutes=seconds.get(request.pk, 0) // 60,
            assessment=assessments.get(request.pk),
        )
        for request in asked
        if request.version is not None
    ]


def incomplete(found: Sequence[Progress]) -> list[Progress]:
    """Those that still have something to do."""
    return [one for one in found if not one.is_complete]
