"""What happens by itself: timers, deadlines, reminders, escalation, jobs, substitutes. The truth is in rows;
`sweep` runs every minute under Celery beat and may run twice, late, or on several machines at once.

A step that fails is rolled back whole, noted in the case without the values of any variable, tried again
later and later, and an alarm tells the office. Nothing is retried in silence.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from apps.core.errors import Refusal
from apps.core.ids import new_ulid
from workflows.base import case_of
from workflows.candidates import superior_seats
from workflows.errors import Overtaken
from workflows.history import record
from workflows.models import Candidate, Case, Step
from workflows.moment import moment
from workflows.nodes.human import EXPIRED
from workflows.nodes.job import Job
from workflows.services.answering import expire
from workflows.services.locking import held, overtake
from workflows.services.standing_in import left_behind, stand_in
from workflows.telling import tell

log = logging.getLogger(__name__)

AT_ONCE = 200
JOB_LOST = timedelta(minutes=15)  # a worker that has not reported by then is taken for dead
JOB_TRIES = 5
WAITING = (STATUS.NEW, STATUS.ASSIGNED)


@dataclass(frozen=True)
class Swept:
    """How much a sweep did."""

    timers: int = 0
    expired: int = 0
    reminded: int = 0
    escalated: int = 0
    jobs: int = 0
    resumed: int = 0
    stood_in: int = 0


def sweep(*, now: datetime, limit: int = AT_ONCE) -> Swept:
    """Do everything that is due, each in its own transaction."""
    return Swept(
        timers=sum(_guarded(partial(fire_timer, task=t, now=now), t, now) for t in due_timers(now, limit)),
        expired=_expire_due(now, limit),
        reminded=sum(
            _guarded(partial(_remind, step, now), step.task, now) for step in _to_remind(now, limit)
        ),
        escalated=sum(
            _guarded(partial(_escalate, step, now), step.task, now)
            for step in _overdue(now, limit)
            if EXPIRED not in _ways(step)
        ),
        jobs=_dispatch_lost_jobs(now, limit),
        resumed=_resume_parents(now, limit),
        stood_in=sum(
            _guarded(partial(stand_in, step, absence, now), step.task, now)
            for step, absence in islice(left_behind(now), limit)
        ),
    )


def due_timers(now: datetime, limit: int) -> list[Task]:
    """Timers whose moment has come, the longest due first."""
    due = Task.objects.filter(flow_task_type="TIMER", status=STATUS.SCHEDULED, scheduled__lte=now)
    return list(due.order_by("scheduled", "id")[:limit])


def fire_timer(*, task: Task, now: datetime) -> bool:
    """Let a due timer go on; gives whether it did. An error rolls everything back, the timer stays."""
    flow = task.flow_task.flow_class
    with moment(now=now, by=None), flow.lock(task.process_id):
        task.refresh_from_db()
        if task.status != STATUS.SCHEDULED or task.scheduled is None or task.scheduled > now:
            return False
        activation = task.flow_task.activation_class(task)
        record("timer", activation.case, node=task.flow_task.name)
        activation.start()
        activation.execute()
    return True


def run_job(*, task_pk: int, now: datetime) -> bool:
    """Do a job: claim it, work outside the lock, report under it. Gives whether this call's work was taken;
    a redelivered message, or a worker that was taken for dead, finds its claim gone.
    """
    task = Task.objects.select_related("process").get(pk=task_pk)
    flow, token = task.flow_task.flow_class, new_ulid()
    with moment(now=now, by=None), flow.lock(task.process_id):
        task.refresh_from_db()
        if not _may_claim(task, now):
            return False
        task.flow_task.activation_class(task).claim(token)
        case = case_of(task.process)
    try:
        result = task.flow_task.func(case, now)
    except Exception as error:
        log.exception("job %s of case %s failed", task.flow_task.name, case.number)
        _job_failed(task, token, now, error)
        return False
    with moment(now=now, by=None), flow.lock(task.process_id):
        task = Task.objects.select_related("process").get(pk=task_pk)
        if task.status != STATUS.STARTED or task.data.get("claim") != token:
            return False
        task.data["result"] = result
        activation = task.flow_task.activation_class(task)
        record("job", activation.case, node=task.flow_task.name)
        activation.execute()
    return True


def _may_claim(task: Task, now: datetime) -> bool:
    if task.status == STATUS.SCHEDULED:
        return task.scheduled is None or task.scheduled <= now
    return bool(task.status == STATUS.STARTED and task.started is not None and task.started + JOB_LOST <= now)


def _job_failed(task: Task, token: str, now: datetime, error: Exception) -> None:
    flow = task.flow_task.flow_class
    with moment(now=now, by=None), flow.lock(task.process_id):
        fresh = Task.objects.select_related("process").get(pk=task.pk)
        if fresh.status != STATUS.STARTED or fresh.data.get("claim") != token:
            return
        failures = fresh.data["failures"] = fresh.data.get("failures", 0) + 1
        code = _code(error)
        if failures >= JOB_TRIES:
            fresh.flow_task.activation_class(fresh).give_up(code)
        else:
            fresh.status, fresh.scheduled = STATUS.SCHEDULED, now + timedelta(minutes=2**failures)
            fresh.save()
        kind = "failed" if failures < JOB_TRIES else "given_up"
        _alarm(case_of(fresh.process), fresh.flow_task.name, code, kind)


def _expire_due(now: datetime, limit: int) -> int:
    done = 0
    for step in _overdue(now, limit):
        if EXPIRED in _ways(step):
            done += _guarded(partial(expire, step=step, now=now), step.task, now)
    return done


def _ways(step: Step) -> Any:
    return getattr(step.task.flow_task, "outcomes", {})


def _waiting_steps() -> Any:
    return Step.objects.filter(answered_at__isnull=True, task__status__in=WAITING).select_related(
        "task", "case"
    )


def _overdue(now: datetime, limit: int) -> list[Step]:
    due = _waiting_steps().filter(due_at__lte=now, escalated_at__isnull=True)
    return list(due.order_by("due_at", "id")[:limit])


def _to_remind(now: datetime, limit: int) -> list[Step]:
    half = _waiting_steps().filter(remind_at__lte=now, reminded_at__isnull=True, due_at__gt=now)
    return list(half.order_by("remind_at", "id")[:limit])


def _remind(step: Step, now: datetime) -> bool:
    with held(step, by=None, now=now) as it:
        if it.step.answered_at is not None or it.step.reminded_at is not None:
            return False
        it.step.reminded_at = now
        it.step.save(update_fields=["reminded_at"])
        record("reminded", it.case, step=it.step)
        tell("workflows.step_reminded", step=it.step.ulid)
    return True


def _escalate(step: Step, now: datetime) -> bool:
    """Overdue: the superior role may take it over, and everybody concerned is told. Once."""
    with held(step, by=None, now=now) as it:
        if it.step.answered_at is not None or it.step.escalated_at is not None:
            return False
        it.step.escalated_at = now
        it.step.save(update_fields=["escalated_at"])
        if not it.node.of_applicant and not it.node.personal:
            for seat in superior_seats(it.activation):
                Candidate.objects.get_or_create(step=it.step, user=seat.user, defaults={"via": seat.via})
        record("escalated", it.case, step=it.step)
        tell("workflows.step_escalated", step=it.step.ulid)
    return True


def _dispatch_lost_jobs(now: datetime, limit: int) -> int:
    """Jobs that nobody works on: their message was lost, or their worker died."""
    jobs = Task.objects.filter(flow_task_type="JOB")
    due = jobs.filter(status=STATUS.SCHEDULED, scheduled__lte=now - timedelta(seconds=30))
    dead = jobs.filter(status=STATUS.STARTED, started__lte=now - JOB_LOST)
    found = list((due | dead).order_by("id")[:limit])
    for task in found:
        Job.dispatch(task.pk)
    return len(found)


def _resume_parents(now: datetime, limit: int) -> int:
    """Parents whose children have all ended while nobody told them: a crash fell in between."""
    waiting = Task.objects.filter(flow_task_type="SUBPROCESS", status=STATUS.STARTED)
    done = waiting.exclude(subprocesses__finished__isnull=True).order_by("id")[:limit]
    resumed = 0
    for task in done:
        resumed += _guarded(partial(_resume, task, now), task, now)
    return resumed


def _resume(task: Task, now: datetime) -> bool:
    with moment(now=now, by=None):
        task.flow_task.resume(task)
    return True


def _guarded(work: Callable[[], bool], task: Task, now: datetime) -> bool:
    """One broken case must not hold up the others: its failure is noted, its next try is later, the office
    is told.
    """
    if task.data.get("retry_at", "") > now.isoformat():
        return False
    try:
        return work()
    except Overtaken as overtaken:
        overtake(case_of(task.process), overtaken, now)
        return True
    except Exception as error:
        log.exception("task %s failed by itself", task.pk)
        _note_failure(task, now, error)
        return False


def _note_failure(task: Task, now: datetime, error: Exception) -> None:
    flow = task.flow_task.flow_class
    with moment(now=now, by=None), flow.lock(task.process_id):
        fresh = Task.objects.select_related("process").get(pk=task.pk)
        failures = fresh.data["failures"] = fresh.data.get("failures", 0) + 1
        later = now + timedelta(minutes=min(2**failures, 60))
        if fresh.status == STATUS.SCHEDULED:
            fresh.scheduled = later
        else:
            fresh.data["retry_at"] = later.isoformat()
        fresh.save()
        _alarm(case_of(fresh.process), fresh.flow_task.name, _code(error))


def _alarm(case: Case, node: str, code: str, kind: str = "failed") -> None:
    record(kind, case, node=node, details={"code": code})
    tell("workflows.alarm", case=case.ulid, node=node, code=code)


def _code(error: Exception) -> str:
    """What may be told of an error: a refusal's code, else only the name of its kind."""
    return error.code if isinstance(error, Refusal) else type(error).__name__
