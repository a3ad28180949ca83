"""A step that waits for something is told when it is done. Whatever fact is the occasion, the rows are looked
at, so that facts may come early, late, twice and in any order: also the fact that the step waits is one, and
what was done while it was being made is found then.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from apps.training.models import TrainingRequest
from apps.training.progress import EXAM, MINUTES, Progress, progress_of
from apps.training.trainers import failed_assessments
from workflows import services
from workflows.models import Case, Step
from workflows.nodes.human import APPROVE, COMPLETE
from workflows.training.asked import exam_exhausted, find_request, is_void, needs_place, place_over

Look = Callable[[Case, Progress, datetime], str]


def catch_up(case: Case, now: datetime) -> Step | None:
    """Complete the step that waits, if the domain's rows say that it is done. Gives the step that was
    completed.
    """
    request = find_request(case)
    if request is None or request.state != TrainingRequest.State.ACCEPTED or is_void(request):
        return None
    progress = progress_of(request)
    if progress is None:
        return None
    for node in waiting_nodes(case):
        look = _LOOKS.get(node)
        outcome = look(case, progress, now) if look is not None else ""
        if outcome:
            return services.fulfil(case=case, node=node, now=now, outcome=outcome)
    return None


def waiting_nodes(case: Case) -> list[str]:
    """The nodes at which a case waits for an answer."""
    return list(case.steps.filter(answered_at__isnull=True).order_by("id").values_list("node", flat=True))


def _place(_case: Case, progress: Progress, now: datetime) -> str:
    return "" if needs_place(progress, now) else COMPLETE


def _exam(_case: Case, progress: Progress, now: datetime) -> str:
    if progress.exam_done:
        return COMPLETE
    return "exhausted" if exam_exhausted(progress, now) else ""


def _attempts(_case: Case, progress: Progress, now: datetime) -> str:
    return "" if exam_exhausted(progress, now) else APPROVE


def _hours(_case: Case, progress: Progress, now: datetime) -> str:
    if not progress.minutes_missing:
        return COMPLETE
    return "unplaced" if place_over(progress.request, now) else ""


def _assess(case: Case, progress: Progress, _now: datetime) -> str:
    if progress.assessment_done:
        return COMPLETE
    if {EXAM, MINUTES} & set(progress.missing):
        return "short"
    known = int(case.process.data.get("failed", 0))
    return "failed" if failed_assessments(progress.request) > known else ""


def _again(_case: Case, progress: Progress, _now: datetime) -> str:
    return COMPLETE if progress.assessment_done else ""


_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "place": _place,
        "exam": _exam,
        "attempts": _attempts,
        "hours": _hours,
        "assess": _assess,
        "again": _again,
    }
)
