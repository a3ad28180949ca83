"""Any verb by anybody in any order, and the clock: whatever they try, a case keeps its laws. The walks are
seeded, so that one that fails is walked again by its number.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from viewflow.workflow.status import STATUS

from apps.core.errors import Refusal
from apps.people.models import User
from apps.people.operations import end_user
from apps.people.queries import active_users
from tests.people import People
from tests.toyflows.approvals import RoundFlow
from tests.toyflows.year import YearFlow
from tests.workflows.toys import kinds, three_steps, yes
from workflows import services
from workflows.base import open_tasks
from workflows.models import Case, Step
from workflows.nodes import Job
from workflows.progress import progress_of
from workflows.services.answering import waiting_at

pytestmark = pytest.mark.django_db
MOVES = 60
ASKED = (STATUS.NEW, STATUS.ASSIGNED)
ANSWERS = ("approve", "reject", "complete", "sent_back", "expired")


class Walk:
    """One walk: the people, a case of one flow after the other, a moving clock, and what was seen so far."""

    def __init__(self, they: People, now: datetime, seed: str, start: Callable[..., Case]) -> None:
        self.they, self.now, self.start = they, now, start
        self.dice = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self.names = ["alice", "bob", "charlie", "teng", "olga", "wang", "office", "finance"]
        self.left: list[str] = []
        self.done: list[str] = []  # the moves that were not refused
        self.began = 0
        self.begin()

    def begin(self) -> None:
        """The next case; whoever has left is not in the school any more, but may still be named."""
        self.began += 1
        some = self.dice.sample([self.they.wang, self.they.teng, self.they.olga, self.they.bob], 3)
        self.case = self.start(self.they, self.now, f"walk:{self.began}", some, self.dice)
        self.seen: list[dict[str, Any]] = []
        self.check()

    def anybody(self) -> User:
        return User.objects.get(username=self.dice.choice(self.names))  # as they stand now, left or not

    def somewhere(self) -> Step:
        """Mostly a step that waits, sometimes one that does not."""
        steps = list(self.case.steps.select_related("task__owner", "case").order_by("id"))
        waits = [step for step in steps if step.task.status in ASKED]
        return self.dice.choice(waits if waits and self.dice.random() < 0.9 else steps)

    def somebody(self, step: Step) -> User:
        """Mostly whoever has the step or may take it, else anybody."""
        able = [row.user for row in step.candidates.select_related("user")]
        able += [step.task.owner] * 3 if step.task.owner else []
        return self.dice.choice(able) if able and self.dice.random() < 0.7 else self.anybody()

    # -- the moves -----------------------------------------------------------------------------------------

    def answer(self) -> None:
        step = self.somewhere()
        outcome = self.dice.choice(("approve", "approve", "approve", "reject", "complete", "expired"))
        words = self.dice.choice(("because", "because", "", "the domain says no", "it is gone"))
        services.answer(step=step, by=self.somebody(step), now=self.now, outcome=outcome, opinion=words)

    def send_back(self) -> None:
        step = self.somewhere()
        to = self.dice.choice(("revise", "tutor", "office", "nowhere"))
        services.send_back(step=step, by=self.somebody(step), now=self.now, to=to, reason="again")

    def claim(self) -> None:
        step = self.somewhere()
        services.claim(step=step, by=self.somebody(step), now=self.now)

    def release(self) -> None:
        step = self.somewhere()
        services.release(step=step, by=self.somebody(step), now=self.now)

    def transfer(self) -> None:
        step = self.somewhere()
        services.transfer(
            step=step, by=self.somebody(step), to=self.somebody(step), now=self.now, reason="yours"
        )

    def delegate(self) -> None:
        step = self.somewhere()
        services.delegate(step=step, by=self.somebody(step), to=self.anybody(), now=self.now, reason="view?")

    def give_back(self) -> None:
        step = self.somewhere()
        services.give_back(step=step, by=self.somebody(step), now=self.now, opinion="fine")

    def add_signer(self) -> None:
        step = self.somewhere()
        where = self.dice.choice(("before", "after", "beside"))
        services.add_signer(
            step=step, by=self.somebody(step), user=self.anybody(), now=self.now, where=where, reason="too"
        )

    def remove_signer(self) -> None:
        step = self.somewhere()
        user = self.dice.choice([step.task.owner or self.anybody(), self.anybody()])
        services.remove_signer(step=step, by=self.somebody(step), user=user, now=self.now, reason="enough")

    def urge(self) -> None:
        services.urge(case=self.case, by=self.anybody(), now=self.now)

    def copy(self) -> None:
        services.copy(case=self.case, to=[self.anybody()], by=self.anybody(), now=self.now)

    def withdraw(self) -> None:
        if self.dice.random() < 0.2:
            services.withdraw(case=self.case, by=self.anybody(), now=self.now)

    def cancel(self) -> None:
        if self.dice.random() < 0.2:
            services.cancel(case=self.case, by=self.anybody(), now=self.now, reason="no more")

    def fact(self) -> None:
        node = self.dice.choice(("revise", "vote"))
        outcome = self.dice.choice(("complete", "approve"))
        services.fulfil(case=self.case, node=node, now=self.now, outcome=outcome)

    def leave(self) -> None:
        """Somebody goes for good, and what they held goes to others."""
        name = self.dice.choice(("bob", "teng", "olga", "wang"))
        if len(self.left) == 2 or name in self.left or self.dice.random() < 0.7:
            return
        self.left.append(name)
        user = getattr(self.they, name)
        end_user(user=user, reason="left", by=None, now=self.now)
        services.hand_over(user=user, by=None, now=self.now, reason="left")

    def time(self) -> None:
        self.now += timedelta(hours=self.dice.choice((1, 20, 100)))
        services.sweep(now=self.now)

    def work(self) -> None:
        """A worker does the job, or another one does it again."""
        for task in self.case.process.task_set.filter(flow_task_type="JOB"):
            services.run_job(task_pk=task.pk, now=self.now)

    def child(self) -> None:
        """Something happens in one of the processes that this case waits for."""
        children = Case.objects.filter(process__parent_task__process=self.case.process_id).order_by("id")
        if not children:
            return
        chosen = self.dice.choice(list(children))
        if self.dice.random() < 0.2:
            services.cancel(case=chosen, by=self.they.office, now=self.now, reason="no lab")
            return
        step = self.dice.choice(list(chosen.steps.select_related("task__owner", "case").order_by("id")))
        outcome = self.dice.choice(("approve", "reject"))
        services.answer(step=step, by=self.somebody(step), now=self.now, outcome=outcome, opinion="because")

    def move(self) -> None:
        """One move. A refusal leaves everything as it was."""
        moves = [self.answer] * 3 + [self.claim, self.release, self.transfer, self.delegate, self.give_back]
        moves += [self.add_signer, self.remove_signer, self.send_back, self.withdraw, self.cancel]
        moves += [self.urge, self.copy, self.fact, self.leave, self.time]
        if self.case.flow == YearFlow.key:
            moves += [self.work, self.child, self.child]
        chosen = self.dice.choice(moves)
        before = self.tasks()
        try:
            chosen()
        except Refusal as refused:
            told = refused.code
        else:
            told = ""
        assert told != "workflows.no_candidate"  # the office is always there
        if told == "workflows.overtaken":
            self.done.append("overtaken")
        elif told:
            assert (self.tasks(), self.history()) == (before, self.seen)
        else:
            self.done.append(chosen.__name__)
        self.check()

    # -- the laws ------------------------------------------------------------------------------------------

    def tasks(self) -> list[Any]:
        return list(self.case.process.task_set.order_by("pk").values())

    def history(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.case.events.order_by("pk").values()]

    def check(self) -> None:
        """All of them, after every move."""
        self.case = Case.objects.select_related("process").get(pk=self.case.pk)
        history = self.history()
        assert history[: len(self.seen)] == self.seen, "the history only grows"
        self.seen = history
        waits = open_tasks(self.case.process)
        if self.case.is_open:
            assert self.case.process.status == "NEW"
            self._open_waits_for_something(waits)
        else:
            assert self.case.process.status == ("DONE" if self.case.state == "done" else "CANCELED")
            assert self.case.process.finished is not None
            assert waits == []
            assert waiting_at(self.case, "tutor") is None
            assert not self.case.steps.filter(answered_at__isnull=True).exists()
            children = Case.objects.filter(process__parent_task__process=self.case.process_id)
            assert not children.filter(state=Case.State.OPEN).exists()
            assert [e["kind"] for e in history if e["kind"] == self.case.state] == [self.case.state]
        for step in self.case.steps.select_related("task__owner"):
            self._one_answer(step)

    def _open_waits_for_something(self, waits: list[Any]) -> None:
        people = [task for task in waits if task.status in ASKED]
        timers = [task for task in waits if task.flow_task_type == "TIMER"]
        joins = [task for task in waits if task.flow_task_type == "JOIN"]
        jobs = [task for task in waits if task.flow_task_type == "JOB"]
        parents = [task for task in waits if task.flow_task_type == "SUBPROCESS"]
        assert len(people) + len(timers) + len(joins) + len(jobs) + len(parents) == len(waits)
        assert people or timers or jobs or parents, "an open case waits for a person or for a moment"
        assert all(task.status in (STATUS.SCHEDULED, STATUS.ERROR) for task in jobs)
        for task in parents:
            assert any(child.case.is_open for child in task.subprocesses.all()), "nobody is waited for"
        assert all(task.status == STATUS.SCHEDULED and task.scheduled for task in timers)
        assert len(joins) <= 1
        if self.case.flow == "toy_three":
            assert len(waits) == 1
        for task in people:
            self._somebody_can(task)

    def _somebody_can(self, task: Any) -> None:
        asked = {row.user_id for row in task.step.candidates.all()} | {task.owner_id}
        able = set(active_users(self.now).filter(pk__in=asked - {None}).values_list("pk", flat=True))
        if task.flow_task.of_applicant:
            assert task.owner_id == self.case.applicant_id
        else:
            assert self.case.applicant_id not in asked
            assert able, f"nobody active can take {task.flow_task.name}"
            assert task.owner_id is None or task.owner_id in able, "its owner has left"

    def _one_answer(self, step: Step) -> None:
        answers = [
            event
            for event in self.seen
            if event["step_id"] == step.pk and event["kind"] in ANSWERS and not event["details"].get("signer")
        ]
        answered = step.answered_at is not None and step.outcome != "cancelled"
        assert [event["kind"] for event in answers] == ([step.outcome] if answered else [])
        assert [event["actor_id"] for event in answers] == ([step.answered_by_id] if answered else [])
        assert (step.answered_at is None) == (step.task.status in ASKED)
        if step.node != "revise":
            assert self.case.applicant_id not in (step.answered_by_id, step.task.owner_id)
            handled = ("urged", "copied")
            actors = {
                e["actor_id"] for e in self.seen if e["step_id"] == step.pk and e["kind"] not in handled
            }
            assert self.case.applicant_id not in actors


def _three(they: People, now: datetime, subject: str, some: list[User], dice: random.Random) -> Case:
    """Asked at each step: one or two; the applicant among them, who is passed over."""
    keys = [user.pk for user in some]
    asked = {
        "tutors": dice.choice(([keys[0]], keys[:2], [they.alice.pk, keys[0]])),
        "heads": dice.choice(([keys[1]], keys[1:], [they.alice.pk])),
        "officers": [keys[2], they.office.pk],
    }
    return three_steps(they, now, subject=subject, **asked)


def _round(they: People, now: datetime, subject: str, some: list[User], dice: random.Random) -> Case:
    return services.start(
        RoundFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref=subject,
        data={"members": [user.pk for user in some]},
    )


def _year(they: People, now: datetime, subject: str, some: list[User], dice: random.Random) -> Case:
    """A round of three, a job that may fail, up to three labs, none among them."""
    keys = [user.pk for user in some]
    return services.start(
        YearFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref=subject,
        data={
            "members": keys,
            "labs": keys[: dice.randrange(4)],
            "failures": dice.choice((0, 0, 0, 1, 5)),
        },
    )


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers come when the walk says so."""
    monkeypatch.setattr(Job, "dispatch", staticmethod(lambda _pk: None))


@pytest.mark.parametrize("seed", range(8))
def test_a_round_a_job_and_children_keep_the_laws(
    they: People, now: datetime, patient: None, seed: int
) -> None:
    walk = Walk(they, now, f"year:{seed}", _year)
    for _move in range(MOVES):
        if not walk.case.is_open and walk.dice.random() < 0.5:
            walk.begin()
        walk.move()
    # Which moves a seed draws hangs on the order in which a database gives rows; that it moves does not.
    assert len(set(walk.done)) > 3


def test_a_walk_that_nobody_disturbs_takes_every_step(they: People, now: datetime, patient: None) -> None:
    """The same year, told in order: two of three agree, a signer comes and goes, the job fails once, one lab
    answers, the other lets its deadline pass.
    """
    dice = random.Random("undisturbed")  # noqa: S311 - reproducible, not secret
    walk = Walk(they, now, "undisturbed", _year)
    services.cancel(case=walk.case, by=they.office, now=now, reason="another")
    some = [they.wang, they.teng, they.olga]
    case = _year(they, now, "year:one", some, dice)
    case.process.data |= {"failures": 1, "labs": [they.wang.pk, they.teng.pk]}
    case.process.save(update_fields=["data"])
    votes = list(case.steps.select_related("task__owner", "case").order_by("id"))
    extra = services.add_signer(
        step=votes[0], by=they.wang, user=they.bob, now=now, where="beside", reason="too"
    )
    services.remove_signer(step=extra, by=they.wang, user=they.bob, now=now, reason="enough")
    for step, voter in zip(votes, some[:2], strict=False):
        services.answer(step=step, by=voter, now=now, outcome="approve")
    assert kinds(case)[:5] == ["started", "signer_added", "signer_removed", "approve", "approve"]
    (job,) = case.process.task_set.filter(flow_task_type="JOB")
    assert services.run_job(task_pk=job.pk, now=now) is False
    assert services.run_job(task_pk=job.pk, now=now + timedelta(hours=1)) is True
    first, _second = Case.objects.filter(flow="toy_due").order_by("id")
    yes(first, they.wang, now)
    services.sweep(now=now + timedelta(days=3))
    assert Case.objects.filter(flow="toy_due", outcome="late").count() == 1
    services.sweep(now=now + timedelta(days=7))
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "announced")
    assert case.process.data["announced"] is True
    way = progress_of(case)
    drawn = {(edge["source"], edge["target"]) for edge in case.version.description["edges"]}
    assert way.edges_taken <= drawn
    assert drawn - way.edges_taken == {("enough", "refused"), ("open_round", "limit"), ("limit", "joined")}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("start", [_three, _round])
def test_whatever_anybody_tries_a_case_keeps_its_laws(
    they: People, now: datetime, start: Callable[..., Case], seed: int
) -> None:
    walk = Walk(they, now, f"{start.__name__}:{seed}", start)
    for _move in range(MOVES):
        if not walk.case.is_open and walk.dice.random() < 0.5:  # some go on in a case that has ended
            walk.begin()
        walk.move()
    assert {"answer", "time"} < set(walk.done)
