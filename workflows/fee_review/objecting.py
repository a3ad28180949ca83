"""The steps of a notice follow its objections: each is answered, whenever it came."""

from typing import Any

from viewflow.workflow.status import STATUS

from apps.fees.noticing import unanswered
from workflows.fee_review import asked
from workflows.judging.tending import WAITING, add_branch
from workflows.models import Case


def branch_objections(case: Case) -> None:
    """A step for every objection that nobody is asked to answer yet, while the notice waits. Called under
    the case's lock.
    """
    notice = asked.notice_of(case)
    if notice is None or not takes_objections(case):
        return
    known = {task.data.get("objection") for task in _answers_awaited(case.process)}
    for objection in unanswered(notice):
        if objection.ulid not in known:
            add_branch(case.process, "notice", "objection", {"objection": objection.ulid})


def takes_objections(case: Case) -> bool:
    """Whether the case still waits at its notice, so that what is objected now will be answered."""
    process = case.process
    period = process.flow_class.instance.node("period")
    runs = process.task_set.filter(flow_task=period, status=STATUS.SCHEDULED)
    return bool(runs.exists() or _answers_awaited(process).exists())


def _answers_awaited(process: Any) -> Any:
    objection = process.flow_class.instance.node("objection")
    return process.task_set.filter(flow_task=objection, status__in=WAITING)
