"""What failed by itself is tried again at once: by the office, once the cause is mended."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from viewflow.workflow.status import STATUS

from apps.people.models import User
from workflows.base import open_tasks
from workflows.history import record
from workflows.models import Case
from workflows.nodes.job import Job
from workflows.services.locking import held_case
from workflows.verbs import Verb, has_failed, require, standing


def retry(*, case: Case, by: User, now: datetime) -> Case:
    """Everything in the case that failed by itself is tried anew: jobs at once, even given up ones, the rest
    with the next sweep.

    Raises NotPermitted `workflows.not_yours`; WrongState `workflows.nothing_failed`, `workflows.case_closed`.
    """
    with held_case(case, by=by, now=now) as fresh:
        require(Verb.RETRY, standing(by, fresh, None, now))
        for task in open_tasks(fresh.process):
            if has_failed(task.status, task.data):
                task.process = fresh.process
                _again(task, now)
                record("retried", fresh, node=task.flow_task.name)
    return fresh


def _again(task: Any, now: datetime) -> None:
    """As if it had not failed yet."""
    if task.status == STATUS.ERROR:
        task.flow_task.activation_class(task).again()
    else:
        task.data.pop("failures", None)
        task.data.pop("retry_at", None)
        if task.status == STATUS.SCHEDULED:
            task.scheduled = now
        task.save()
    if task.flow_task_type == "JOB":
        transaction.on_commit(partial(Job.dispatch, task.pk), robust=True)
