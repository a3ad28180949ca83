"""What facts mean for trainings under way. Each handler only looks again: late and twice is no harm."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext

from apps.core.outbox import WORKER, Payload, subscribe
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.queries import INACTIVE, user_state
from apps.training.coverage import courses_for
from apps.training.models import TrainingRequest
from workflows import services
from workflows.errors import Overtaken
from workflows.models import Case, Step
from workflows.services.locking import overtake
from workflows.training import telling
from workflows.training.asked import REFERENCE, is_void
from workflows.training.catching_up import catch_up
from workflows.training.flow import TrainingFlow
from workflows.training.lowering import follow_certificate

__all__ = ["telling"]
State = TrainingRequest.State


@subscribe("training_flow.offered", to="workflows.step_offered", channel=WORKER)
def look_at_once(payload: Payload, now: datetime) -> None:
    """What was done while the step was being made was told to nobody."""
    step = Step.objects.select_related("case__process").get(ulid=payload["step"])
    if step.flow == TrainingFlow.key and step.case.is_open:
        catch_up(step.case, now)


@subscribe(
    "training_flow.done",
    to=("training.minutes_counted", "training.assessed", "training.place_changed"),
    channel=WORKER,
)
def look_at_request(payload: Payload, now: datetime) -> None:
    """Hours, an assessment, or a place of a training."""
    _look(TrainingRequest.objects.filter(ulid=payload["request"] or "-"), now)


@subscribe(
    "training_flow.examined",
    to=("training.exam_passed", "training.exam_failed", "training.attempt_allowed"),
    channel=WORKER,
)
def look_at_exam(payload: Payload, now: datetime) -> None:
    """An exam of a course, or another attempt at it."""
    _look(TrainingRequest.objects.filter(user__ulid=payload["user"], course__ulid=payload["course"]), now)


@subscribe("training_flow.moved", to="training.request_changed", channel=WORKER)
def follow_request(payload: Payload, now: datetime) -> None:
    """A request that was closed elsewhere ends its case."""
    request = TrainingRequest.objects.filter(ulid=payload["request"]).first()
    case = _case_of(request) if request is not None else None
    if request is None or case is None or request.state in TrainingRequest.OPEN:
        return
    if request.state == State.WITHDRAWN:
        services.withdraw(case=case, by=None, now=now, reason=request.close_reason)
    else:
        overtake(case, Overtaken(gettext("The training has been decided otherwise.")), now)


@subscribe("training_flow.person_gone", to="people.user_ended", channel=WORKER)
def end_of_person(payload: Payload, now: datetime) -> None:
    """The learner has left, and is not back."""
    user = User.objects.get(ulid=payload["user"])
    if user_state(user, now) == INACTIVE:
        _overtake(_under_way(Q(user=user)), gettext("The learner has left."), now)


@subscribe("training_flow.instrument_gone", to="instruments.changed", channel=WORKER)
def end_of_instrument(payload: Payload, now: datetime) -> None:
    """The instrument has left service: nobody is trained on it any more."""
    instrument = Instrument.objects.get(ulid=payload["instrument"])
    if instrument.retired_at is None:
        return
    open_to_any = Q(instrument__isnull=True, course__in=courses_for(instrument))
    gone = [one for one in _under_way(Q(instrument=instrument) | open_to_any) if is_void(one)]
    _overtake(gone, gettext("The instrument has left service."), now)


@subscribe(
    "training_flow.certificate_gone",
    to=("training.certificate_withdrawn", "training.certificate_lapsed"),
    channel=WORKER,
)
def end_of_certificate(payload: Payload, now: datetime) -> None:
    """A certificate that was withdrawn elsewhere or has run out is not decided about any more."""
    follow_certificate(payload["certificate"], now)


def _under_way(those: Q) -> list[TrainingRequest]:
    found = TrainingRequest.objects.filter(those, state__in=TrainingRequest.OPEN)
    return list(found.select_related("course", "instrument").order_by("pk"))


def _look(requests: Iterable[TrainingRequest], now: datetime) -> None:
    for request in requests:
        case = _case_of(request)
        if case is not None:
            catch_up(case, now)


def _overtake(requests: Iterable[TrainingRequest], reason: str, now: datetime) -> None:
    for request in requests:
        case = _case_of(request)
        if case is not None:
            overtake(case, Overtaken(reason), now)


def _case_of(request: TrainingRequest) -> Case | None:
    """The open case of a request."""
    found = Case.objects.filter(
        flow=TrainingFlow.key, subject_ref=f"{REFERENCE}{request.ulid}", state=Case.State.OPEN
    )
    return found.select_related("process").first()
