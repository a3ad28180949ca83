"""The flow that every process inherits: its lock, its key, who is kept out of its steps, and what the
domain does when a case ends early.

A process is a folder with `flow.py` (a class below this one) and `forms.py`. It never writes engine rows:
that is the work of `workflows.services`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from viewflow.workflow import STATUS, flow, lock
from viewflow.workflow.models import Process, Task
from viewflow.workflow.status import PROCESS

from workflows import registry
from workflows.history import record
from workflows.models import Case
from workflows.moment import current
from workflows.telling import tell

# nowait=False: queue behind the row lock instead of viewflow's 0.4 to 4.8 s of sleep and retry. Its own
# default is no lock at all: four votes at once made four joins.
PROCESS_LOCK = lock.SelectForUpdateLock(nowait=False, attempts=1)
ENDED_TASKS = (STATUS.DONE, STATUS.CANCELED, STATUS.REVIVED)


class BaseFlow(flow.Flow):
    """What all flows have in common. Set `key` (stored: never rename it, nor move the class), `prefix` and
    `case_title`; override the hooks that the process needs.
    """

    lock_impl = PROCESS_LOCK
    start: Any  # every flow begins at its node of this name

    key: ClassVar[str] = ""
    prefix: ClassVar[str] = ""  # of case numbers, e.g. "REG"
    case_title: ClassVar[str] = ""  # an English msgid with {names} from title_args
    # Once one of these nodes has been answered, the applicant can no longer withdraw.
    deciding: ClassVar[frozenset[str]] = frozenset()
    retired: ClassVar[bool] = False  # a version that only runs out: no new cases

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.key:
            registry.add(cls)

    # -- what a process may say about itself ---------------------------------------------------------------

    def conflicts(self, case: Case) -> set[int]:
        """Primary keys of the people, besides the applicant, who may answer no step of this case."""
        return set()

    def may_see(self, case: Case, user: Any, now: Any) -> bool:
        """Whether this person may read the case although they have no part in it."""
        return False

    def page_of(self, case: Case) -> str:
        """The address of a page on which the process itself shows the whole case; empty when the pages of
        this room are all there is.
        """
        return ""

    def beside(self, step: Any) -> Mapping[str, Any]:
        """What the template of a step's own question (`<process>/<step>.html`) wants beside the form."""
        return {}

    def may_withdraw(self, case: Case, user: Any) -> bool:
        """Whose wish the case is: who may take it back until a deciding step. The applicant's, unless the
        process is begun about somebody by others.
        """
        return bool(case.applicant_id == user.pk)

    def is_decided(self, case: Case) -> bool:
        """Whether it is too late to withdraw: once a deciding node has been answered. A flow whose decision
        falls otherwise says how.
        """
        answered = case.steps.filter(answered_at__isnull=False, node__in=self.deciding)
        return bool(self.deciding) and answered.exclude(outcome__in=("cancelled", "sent_back")).exists()

    def returned(self, activation: Any, to: str, reason: str) -> None:
        """The case goes back to an earlier step (by a person, or because what it is about has changed): the
        domain follows, in the same transaction, before that step is made.
        """

    def closed(self, case: Case) -> None:
        """The case has ended, in whatever way: the domain follows, in the same transaction. `case.state`
        and `case.outcome` say how. viewflow sends no signal for a cancel; this hook is called for all ends.
        """

    # -- ending ----------------------------------------------------------------------------------------------

    def finish(self, case: Case, *, state: str, outcome: str = "", reason: str = "") -> None:
        """Write the end of a case: row, history, domain, fact. Called under the process lock, once."""
        moment = current()
        case.state, case.outcome, case.reason, case.ended_at = str(state), outcome, reason, moment.now
        case.save(update_fields=["state", "outcome", "reason", "ended_at"])
        record(case.state, case, opinion=reason, details={"outcome": outcome})
        self.closed(case)
        tell(
            "workflows.case_ended",
            case=case.ulid,
            flow=case.flow,
            state=case.state,
            outcome=outcome,
        )

    def stop(self, case: Case, *, state: str, reason: str) -> None:
        """End a case before its flow does: every waiting task, timer, job and child is cancelled. Called
        under the process lock.
        """
        process = Process.objects.get(pk=case.process_id)
        for task in open_tasks(process):
            task.flow_task.activation_class(task).cancel()
        process.status, process.finished = PROCESS.CANCELED, current().now
        process.save(update_fields=["status", "finished"])
        self.finish(case, state=state, reason=reason)
        parent = process.parent_task
        if parent is not None:
            lock.after_lock_released(lambda: parent.flow_task.hear(parent))


def open_tasks(process: Process) -> "list[Task]":
    """The tasks of a process that still wait for something, the oldest first."""
    waiting = process.task_set.filter(finished__isnull=True).exclude(status__in=ENDED_TASKS)
    return list(waiting.order_by("pk"))


def case_of(process: Process) -> Case:
    """The case of a process. It stays with the process object: all activations of a transition share it."""
    case: Case = process.case
    return case
