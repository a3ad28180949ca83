"""The pages that list tasks and cases find them by index, on both databases: at 20,000 rows the plan that the
database chooses names it, and nothing is sorted.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from viewflow.workflow.models import Process, Task

from apps.core import guards
from apps.people.models import User
from tests.toyflows.approvals import ThreeStepsFlow
from workflows import inbox
from workflows.guards import INDEXES
from workflows.models import Case, Step
from workflows.versions import pin

pytestmark = pytest.mark.django_db

ROWS, PEOPLE = 20_000, 200
RISEN = 2  # one of a thousand is held and overdue
BUSY, QUIET = 3, 5  # one holds far more than the others, one as much as they
FLOW: Any = ThreeStepsFlow
NODES = ("tutor", "lab", "office", "wait", "approved")


@pytest.fixture
def many(now: datetime) -> list[User]:
    """4,000 cases with 20,000 tasks: 93 in 100 done, 5 held, 2 free; ten at each moment, so that the id
    decides.
    """
    users = User.objects.bulk_create(
        User(username=f"u{number}", name_zh=f"人{number}", name_en=f"Person {number}")
        for number in range(PEOPLE)
    )
    moments = [now - timedelta(minutes=number // 10) for number in range(ROWS)]
    processes = Process.objects.bulk_create(
        Process(flow_class=FLOW, status="DONE" if number % 10 else "NEW", created=moments[number])
        for number in range(ROWS // 5)
    )
    cases = Case.objects.bulk_create(
        Case(
            process=process,
            number=f"TOY-{number}",
            flow=FLOW.key,
            version_id=pin(FLOW, now),
            title="Toy",
            subject_ref=f"toy:{number}",
            applicant=users[number % PEOPLE],
            created_at=process.created,
        )
        for number, process in enumerate(processes)
    )
    tasks = Task.objects.bulk_create(
        [_task(number, moments[number], processes, users) for number in range(ROWS)]
    )
    Step.objects.bulk_create(
        Step(
            task=task,
            case=cases[number // 5],
            flow=FLOW.key,
            node="tutor",
            asked_at=task.created,
            answered_at=task.finished,
            escalated_at=now if number % 1000 == RISEN else None,
        )
        for number, task in enumerate(tasks)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return users


def _task(number: int, created: datetime, processes: list[Process], users: list[User]) -> Task:
    share = number % 100
    return Task(
        process=processes[number // 5],
        flow_task=FLOW.instance.node(NODES[number % 5]),
        flow_task_type="HUMAN",
        status="NEW" if share < 2 else "ASSIGNED" if share < 7 else "DONE",
        owner=None if share < 2 else users[BUSY if share in (2, 3) else number // 3 % PEOPLE],
        created=created,
        finished=created if share >= 7 else None,
    )


def page(rows: QuerySet[Task], now: datetime) -> QuerySet[Task]:
    """The page behind a row seen before, newest first."""
    behind = now - timedelta(minutes=100)
    seen = Q(created__lt=behind) | Q(created=behind, id__lt=10**9)
    return rows.filter(seen, created__lte=behind).order_by("-created", "-id")[:20]


def held(users: list[User], now: datetime) -> QuerySet[Task]:
    return page(Task.objects.filter(owner=users[BUSY], status="ASSIGNED"), now)


def done(users: list[User], now: datetime) -> QuerySet[Task]:
    return page(Task.objects.filter(owner=users[QUIET], finished__isnull=False), now)


def free(users: list[User], now: datetime) -> QuerySet[Task]:
    return page(Task.objects.filter(status="NEW"), now)


def at_a_step(users: list[User], now: datetime) -> QuerySet[Task]:
    return page(Task.objects.filter(flow_task=FLOW.instance.node("lab"), status="ASSIGNED"), now)


def of_a_flow(users: list[User], now: datetime) -> QuerySet[Process]:
    return Process.objects.filter(flow_class=FLOW, status="NEW").order_by("-created", "-id")[:20]


def held_in_the_inbox(users: list[User], now: datetime) -> QuerySet[Task]:
    return page(inbox.held_by(users[BUSY]), now)


def done_in_the_inbox(users: list[User], now: datetime) -> QuerySet[Task]:
    return page(inbox.done_by(users[QUIET]), now)


QUESTIONS: dict[Callable[[list[User], datetime], QuerySet[Any]], str] = {
    held: "workflows_task_held",
    done: "workflows_task_done",
    free: "workflows_task_free",
    at_a_step: "workflows_task_step",
    of_a_flow: "workflows_process_flow",
    held_in_the_inbox: "workflows_task_held",
    done_in_the_inbox: "workflows_task_done",
}


def test_the_database_chooses_the_index_and_sorts_nothing_that_grows(many: list[User], now: datetime) -> None:
    """What a person holds are a few rows, which PostgreSQL may fetch and sort; all else grows for ever."""
    few = {held, held_in_the_inbox}
    wrong = []
    for question, index in QUESTIONS.items():
        plan = question(many, now).explain()
        if index not in plan or (question not in few and re.search(r"TEMP B-TREE|Sort", plan)):
            wrong.append(f"{question.__name__}:\n{plan}")
    assert not wrong, "\n\n".join(wrong)
    assert set(QUESTIONS.values()) == set(INDEXES)
    # Free tasks and those that went up to the superior role are few among all that were ever answered.
    plan = inbox.claimable_by(many[QUIET]).explain()
    assert "workflows_step_risen" in plan
    assert not re.search(r"SCAN (U0|workflows_step)\b(?! USING INDEX workflows_step_risen)", plan), plan


def installed() -> set[str]:
    with connection.cursor() as cursor:
        return {
            name
            for table in ("viewflow_task", "viewflow_process")
            for name, about in connection.introspection.get_constraints(cursor, table).items()
            if about["index"] and name in INDEXES
        }


def test_an_index_that_a_migration_dropped_comes_back_with_the_guards() -> None:
    assert installed() == set(INDEXES)
    with transaction.atomic(), connection.cursor() as cursor:
        for name in INDEXES:
            cursor.execute(f"DROP INDEX {name}")
    assert installed() == set()
    guards.install()
    assert installed() == set(INDEXES)
