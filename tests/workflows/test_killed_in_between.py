"""A process is killed by the system in the middle of an answer: the case is as before or as after, never in
between. The kills are real, the database is the one in use.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from viewflow.workflow.models import Process, Task

from apps.core.models import Fact
from apps.people.models import User
from tests.devices.faults.stage import database_url
from tests.people import People
from tests.toyflows.approvals import RoundFlow
from tests.workflows.dying_answer import Counter
from tests.workflows.toys import three_steps, waiting
from workflows import services
from workflows.models import Candidate, Case, Dossier, Step, TaskEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
SEED = 20261126
KILLS = 6  # of each story, and one more after its commit
TABLES = (Case, Step, Candidate, Dossier, TaskEvent, Process, Task, Fact)


@pytest.fixture
def mortal(transactional_db: None) -> Iterator["subprocess.Popen[str]"]:
    """The process that dies to order, on the test's own database."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings.test",
        "DATABASE_URL": database_url(),
    }
    command = [sys.executable, "-m", "tests.workflows.dying_answer"]
    child = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        yield child
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(30) == 0


def rows() -> dict[str, list[Any]]:
    """Every column of every row that a case is made of."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def picture(case: Case) -> dict[str, Any]:
    """The same without names and numbers, so that two cases that went alike are alike. When a task or process
    was finished viewflow takes from the machine's clock; whether it is, counts here.
    """
    process = Process.objects.get(case=case)
    tasks = process.task_set.order_by("pk")
    refs = [case.ulid, *case.steps.values_list("ulid", flat=True)]
    facts = Fact.objects.order_by("pk")
    return {
        "case": Case.objects.values("state", "outcome", "reason", "ended_at").get(pk=case.pk),
        "process": (process.status, process.finished is None, process.data),
        "tasks": [
            (t.flow_task.name, t.status, t.owner_id, t.data, t.finished is None, t.scheduled) for t in tasks
        ],
        "steps": list(case.steps.order_by("pk").values_list("node", "outcome", "answered_at", "answered_by")),
        "asked": list(
            Candidate.objects.filter(step__case=case).order_by("pk").values_list("step__node", "user")
        ),
        "events": list(case.events.order_by("pk").values_list("kind", "node", "step__node", "actor", "at")),
        "facts": [fact.name for fact in facts if any(ref in json.dumps(fact.payload) for ref in refs)],
    }


def _death(mortal: "subprocess.Popen[str]", step: Step, by: User, now: datetime, after: int) -> None:
    assert mortal.stdin is not None
    assert mortal.stdout is not None
    order = {"step": step.ulid, "by": by.username, "now": now.isoformat(), "after": after}
    mortal.stdin.write(json.dumps(order) + "\n")
    mortal.stdin.flush()
    assert int(mortal.stdout.readline()) == signal.SIGKILL


def _middle_of_three(they: People, now: datetime, subject: str) -> tuple[Case, Step, User]:
    """An answer with an effect in the process, and the next people to ask."""
    case = three_steps(they, now, subject=subject, heads=[they.teng.pk, they.olga.pk])
    services.answer(step=waiting(case)["tutor"], by=they.wang, now=now, outcome="approve")
    return case, waiting(case)["lab"], they.teng


def _last_vote(they: People, now: datetime, subject: str) -> tuple[Case, Step, User]:
    """The vote that decides: the join, the seats that are no longer asked, the deadline, the end."""
    members = [they.wang.pk, they.teng.pk, they.olga.pk]
    case = services.start(
        RoundFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref=subject,
        data={"members": members},
    )
    steps = {step.task.owner_id: step for step in case.steps.select_related("task")}
    services.answer(step=steps[they.wang.pk], by=they.wang, now=now, outcome="approve")
    return case, steps[they.teng.pk], they.teng


@pytest.mark.parametrize("story", [_middle_of_three, _last_vote])
def test_whoever_is_killed_in_an_answer_leaves_it_undone_or_done(
    they: People, now: datetime, mortal: "subprocess.Popen[str]", story: Any
) -> None:
    twin, its_step, by = story(they, now, "thing:twin")
    counter = Counter()
    with connection.execute_wrapper(counter):
        services.answer(step=its_step, by=by, now=now, outcome="approve")
    after = picture(twin)
    case, step, by = story(they, now, "thing:one")
    before, undone = rows(), picture(case)
    assert undone != after
    assert counter.number > KILLS
    inner = random.Random(f"{SEED}:{story.__name__}").sample(range(2, counter.number), KILLS - 2)  # noqa: S311
    for number in (1, *sorted(inner), counter.number):
        _death(mortal, step, by, now, number)
        assert rows() == before, f"something is left of an answer that died at write {number}"
    _death(mortal, step, by, now, 0)
    assert picture(case) == after
