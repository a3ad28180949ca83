"""What happens without a person: deadlines, reminders, escalation, jobs, children."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import Fact
from tests.factories.refusals import refused
from tests.people import People
from tests.toyflows.approvals import DueFlow, MonthFlow
from tests.workflows.toys import kinds, owner, three_steps, waiting, yes
from workflows import services
from workflows.models import Case
from workflows.nodes.job import Job

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Messages to workers that were posted; nobody reads them."""
    box: list[int] = []
    monkeypatch.setattr(Job, "dispatch", staticmethod(box.append))
    return box


def due(they: People, now: datetime) -> Case:
    return services.start(
        DueFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref="due:1",
        unit=they.lab,
        data={"tutors": [they.wang.pk]},
    )


def month(they: People, now: datetime, **data: object) -> Case:
    MonthFlow.runs.clear()
    return services.start(
        MonthFlow,
        by=they.office,
        now=now,
        applicant=they.alice,
        subject_ref="month:1",
        data={"tutors": [they.wang.pk, they.olga.pk]} | data,
    )


def test_half_way_to_the_deadline_a_reminder_once(they: People, now: datetime) -> None:
    case = due(they, now)
    assert services.sweep(now=now + DAY / 2).reminded == 0
    assert services.sweep(now=now + DAY).reminded == 1
    assert services.sweep(now=now + DAY).reminded == 0
    assert kinds(case) == ["started", "reminded"]


def test_past_the_deadline_the_case_takes_its_way_and_a_late_answer_loses(
    they: People, now: datetime
) -> None:
    case = due(they, now)
    step = waiting(case)["ask"]
    assert services.sweep(now=now + 2 * DAY).expired == 1
    case.refresh_from_db()
    assert case.outcome == "late"
    with refused(WrongState, "workflows.answered"):
        services.answer(step=step, by=they.wang, now=now + 2 * DAY, outcome="approve")


def test_an_answer_that_came_first_wins_over_the_deadline(they: People, now: datetime) -> None:
    case = due(they, now)
    step = waiting(case)["ask"]
    yes(case, they.wang, now + 2 * DAY)
    assert services.expire(step=step, now=now + 2 * DAY) is False
    case.refresh_from_db()
    assert case.outcome == "answered"


def test_without_a_way_an_overdue_step_is_escalated_once_and_the_superior_may_take_it(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now)
    step = waiting(case)["tutor"]
    assert step.due_at is not None
    assert services.sweep(now=step.due_at).escalated == 1
    assert services.sweep(now=step.due_at).escalated == 0
    assert owner(case) == they.wang  # who may still answer
    services.claim(step=step, by=they.office, now=step.due_at)
    yes(case, they.office, step.due_at)
    assert kinds(case) == ["started", "escalated", "claimed", "approve"]


def test_a_job_runs_once_however_often_its_message_comes(
    they: People, now: datetime, posted: list[int]
) -> None:
    case = month(they, now)
    (task,) = case.process.task_set.filter(flow_task_type="JOB")
    assert services.run_job(task_pk=task.pk, now=now) is True
    assert services.run_job(task_pk=task.pk, now=now) is False
    assert MonthFlow.runs == [case.number]
    task.refresh_from_db()
    assert task.data["result"] == {"total": 42}


def test_a_job_whose_worker_died_is_posted_again_and_the_dead_ones_report_is_not_taken(
    they: People, now: datetime, posted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = month(they, now)
    (task,) = case.process.task_set.filter(flow_task_type="JOB")
    later = now + timedelta(minutes=20)
    taken: list[bool] = []

    def slow(self: MonthFlow, case: Case, at: datetime) -> dict[str, int]:
        if not taken:  # while this one still works, another takes over
            taken.append(False)
            assert services.sweep(now=later).jobs == 1
            taken[0] = services.run_job(task_pk=task.pk, now=later)
        return {"total": 1}

    monkeypatch.setattr(MonthFlow.compute, "func", slow.__get__(MonthFlow.instance))
    assert services.run_job(task_pk=task.pk, now=now) is False
    assert taken == [True]
    assert posted == [task.pk]
    assert Case.objects.filter(flow="toy_due").count() == 2


def test_a_failing_job_is_tried_again_later_and_then_given_up_aloud(
    they: People, now: datetime, posted: list[int]
) -> None:
    case = month(they, now, broken=True)
    (task,) = case.process.task_set.filter(flow_task_type="JOB")
    moment = now
    for _try in range(5):
        services.run_job(task_pk=task.pk, now=moment)
        assert services.run_job(task_pk=task.pk, now=moment) is False
        moment += DAY
    task.refresh_from_db()
    assert (task.status, task.data["error"]) == ("ERROR", "ValueError")
    assert "secret" not in str(task.data)
    assert Fact.objects.filter(name="workflows.alarm").count() == 5
    assert len(MonthFlow.runs) == 5
    services.cancel(case=case, by=they.office, now=moment, reason="broken")
    assert Case.objects.get(pk=case.pk).state == "cancelled"


def test_a_parent_waits_for_all_its_children_and_hears_of_the_last(
    they: People, now: datetime, posted: list[int]
) -> None:
    case = month(they, now)
    services.run_job(task_pk=case.process.task_set.get(flow_task_type="JOB").pk, now=now)
    first, second = Case.objects.filter(flow="toy_due").order_by("id")
    yes(first, they.wang, now)
    case.refresh_from_db()
    assert case.is_open
    services.cancel(case=second, by=they.office, now=now, reason="no lab")  # a cancel counts as an end too
    case.refresh_from_db()
    assert case.outcome == "closed"


def test_children_end_with_their_parent(they: People, now: datetime, posted: list[int]) -> None:
    case = month(they, now)
    services.run_job(task_pk=case.process.task_set.get(flow_task_type="JOB").pk, now=now)
    services.cancel(case=case, by=they.office, now=now, reason="wrong month")
    assert set(Case.objects.values_list("state", flat=True)) == {"cancelled"}
    assert services.sweep(now=now + 9 * DAY) == services.sweep(now=now)


def test_a_fact_completes_a_step_once_and_comes_too_late_in_peace(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    assert services.fulfil(case=case, node="lab", now=now, outcome="approve") is None
    assert services.fulfil(case=case, node="tutor", now=now, outcome="approve") is not None
    assert services.fulfil(case=case, node="tutor", now=now, outcome="approve") is None
    assert set(waiting(case)) == {"lab"}


def test_a_fact_that_is_no_answer_of_the_step_is_refused(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    with refused(Invalid, "workflows.outcome"):
        services.fulfil(case=case, node="tutor", now=now, outcome="complete")
    assert set(waiting(case)) == {"tutor"}


def test_a_parent_that_breaks_is_no_failure_of_who_ended_the_last_child(
    they: People, now: datetime, posted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = month(they, now, tutors=[they.wang.pk])
    services.run_job(task_pk=case.process.task_set.get(flow_task_type="JOB").pk, now=now)
    (child,) = Case.objects.filter(flow="toy_due")
    ended = MonthFlow.closed

    def broken(self: MonthFlow, case: Case) -> None:
        raise ValueError("a secret that must not be stored")

    monkeypatch.setattr(MonthFlow, "closed", broken)
    yes(child, they.wang, now)
    child.refresh_from_db()
    case.refresh_from_db()
    assert (child.outcome, case.is_open) == ("answered", True)
    services.sweep(now=now + timedelta(minutes=1))
    assert kinds(case)[-1] == "failed"
    assert Fact.objects.filter(name="workflows.alarm").count() == 1
    monkeypatch.setattr(MonthFlow, "closed", ended)
    services.sweep(now=now + timedelta(hours=1))
    case.refresh_from_db()
    assert case.outcome == "closed"


def test_what_was_given_up_is_tried_again_by_the_office(
    they: People, now: datetime, posted: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    case = month(they, now, broken=True)
    (task,) = case.process.task_set.filter(flow_task_type="JOB")
    with refused(WrongState, "workflows.nothing_failed"):
        services.retry(case=case, by=they.office, now=now)
    for days in range(5):
        services.run_job(task_pk=task.pk, now=now + days * DAY)
    assert kinds(case) == ["started", *["failed"] * 4, "given_up"]
    mended = now + 9 * DAY
    assert services.sweep(now=mended).jobs == 0
    with refused(NotPermitted, "workflows.not_yours"):
        services.retry(case=case, by=they.wang, now=mended)
    case.process.data["broken"] = False
    case.process.save()
    posted.clear()
    with django_capture_on_commit_callbacks(execute=True):
        services.retry(case=case, by=they.office, now=mended)
    assert posted == [task.pk]
    assert services.run_job(task_pk=task.pk, now=mended) is True
    assert Case.objects.filter(flow="toy_due").count() == 2
    with refused(WrongState, "workflows.nothing_failed"):
        services.retry(case=case, by=they.office, now=mended)


def test_a_timer_that_failed_is_tried_again_at_once_when_the_office_says_so(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now, broken=True)
    for by in (they.wang, they.teng, they.olga):
        yes(case, by, now)
    late = now + DAY
    services.sweep(now=late)
    assert kinds(case)[-1] == "failed"
    process = Case.objects.get(pk=case.pk).process
    process.data["broken"] = False
    process.save()
    services.sweep(now=late)
    case.refresh_from_db()
    assert case.is_open  # it rests for a while
    services.retry(case=case, by=they.office, now=late)
    services.sweep(now=late)
    case.refresh_from_db()
    assert (case.outcome, case.events.get(kind="retried").actor) == ("approved", they.office)
