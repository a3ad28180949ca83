"""A case under its lock: read again, with its moment and its actor set. Every service begins here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db.models import OuterRef
from django.utils.translation import gettext_lazy as _

from apps.core.errors import WrongState
from apps.core.prepared import Prepared
from apps.people.models import User
from workflows.errors import Overtaken
from workflows.models import Case, Dossier, Step
from workflows.moment import current, moment
from workflows.telling import together
from workflows.verbs import Standing, Verb, require, standing_now

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Held:
    """What a service works on while it holds the lock."""

    case: Case
    step: Step
    activation: Any
    standing: Standing | None
    newest_dossier: int | None  # the key of what deciders see now; None when nothing was frozen

    @property
    def at_now(self) -> datetime:
        return current().now

    @property
    def task(self) -> Any:
        return self.activation.task

    @property
    def node(self) -> Any:
        return self.activation.flow_task


# What hooks want to know of people and units is read when they ask.
_HELD = Prepared(
    lambda step: (
        Step.objects.filter(pk=step)
        .select_related("task__process", "case")
        .annotate(
            newest_dossier=Dossier.objects.filter(case=OuterRef("case")).order_by("-number").values("pk")[:1]
        )
    )
)


@contextmanager
def held(step: Step, *, by: User | None, now: datetime, verb: Verb | None = None) -> Iterator[Held]:
    """The step, locked and read again. With a verb, `by` must be a person who may use it now: they too are
    read again, for somebody's registration may have ended while they waited for the lock.
    """
    flow = step.task.flow_task.flow_class
    with moment(now=now, by=by), flow.lock(step.task.process_id), together():
        (fresh,) = _HELD.objects(step=step.pk)
        case, task = fresh.case, fresh.task
        task.process.case = case  # one object of each for the whole transition
        at = None
        if verb is not None and by is not None:
            at = standing_now(by, case, fresh, now)
            require(verb, at)
        yield Held(case, fresh, task.flow_task.activation_class(task), at, fresh.newest_dossier)


@contextmanager
def held_case(case: Case, *, by: User | None, now: datetime) -> Iterator[Case]:
    """The case, locked and read again."""
    flow = case.process.flow_class
    if flow is None:
        raise LookupError(f"the flow of case {case.number} has moved")
    with moment(now=now, by=by), flow.lock(case.process_id), together():
        fresh = Case.objects.select_related("process", "applicant", "unit").get(pk=case.pk)
        fresh.process.case = fresh
        yield fresh


def overtake(case: Case, overtaken: Overtaken, now: datetime) -> None:
    """A hook said that the object of the case is gone. The transition was rolled back; now the case ends
    with the reason, unless it has ended already.
    """
    with held_case(case, by=None, now=now) as fresh:
        if fresh.is_open:
            flow = fresh.process.flow_class.instance
            flow.stop(fresh, state=Case.State.OVERTAKEN, reason=overtaken.reason)


def ends_overtaken(service: Callable[P, R]) -> Callable[P, R]:
    """For what a person does to a step: when the case turns out to be overtaken, it ends and they are told.
    What happens by itself calls `overtake` and raises nothing: a refusal would undo the end.
    """

    @wraps(service)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return service(*args, **kwargs)
        except Overtaken as overtaken:
            step: Any = kwargs["step"]
            now: Any = kwargs["now"]
            overtake(step.case, overtaken, now)
            raise WrongState(
                _("What this case is about has changed: %(reason)s") % {"reason": overtaken.reason},
                code="workflows.overtaken",
                case=step.case.ulid,
            ) from overtaken

    return guarded
