"""Two who act in one case at the same moment, over real connections: one of them wins, the other is told so,
and the history knows one answer.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from viewflow.workflow.models import Process

from apps.core.errors import Refusal, WrongState
from apps.core.models import Fact
from apps.people.models import User
from tests.people import People
from tests.toyflows.approvals import DueFlow, RoundFlow
from tests.workflows.toys import kinds, three_steps, waiting, yes
from workflows import services
from workflows.base import open_tasks
from workflows.models import Case, Step

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
TIMES = 6


class _Racer(threading.Thread):
    """One call in a thread of its own, on a connection of its own."""

    def __init__(self, call: Callable[[], Any], gate: threading.Barrier) -> None:
        super().__init__()
        self.call, self.gate = call, gate
        self.result: Any = None
        self.refusal: Refusal | None = None
        self.accident: BaseException | None = None

    def run(self) -> None:
        try:
            connection.ensure_connection()  # the race is about the case, not about who connects first
            self.gate.wait(timeout=60)
            self.result = self.call()
        except Refusal as refusal:
            self.refusal = refusal
        except BaseException as accident:  # noqa: BLE001  # told by the test, whatever it is
            self.accident = accident
            self.gate.abort()
        finally:
            connection.close()


def at_once(*calls: Callable[[], Any]) -> list[_Racer]:
    """All calls at the same moment; whoever was refused was refused because of the state."""
    gate = threading.Barrier(len(calls))
    racers = [_Racer(call, gate) for call in calls]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert [racer.accident for racer in racers] == [None] * len(calls)
    assert all(isinstance(racer.refusal, WrongState) for racer in racers if racer.refusal)
    return racers


def codes(racers: list[_Racer]) -> list[str]:
    """What each heard: the code of the refusal, or nothing."""
    return sorted(racer.refusal.code if racer.refusal else "" for racer in racers)


def said(step: Step, by: User, now: datetime, outcome: str = "approve") -> Callable[[], Step]:
    """An answer that waits for its moment, on a step of its own reading."""
    mine = Step.objects.select_related("task", "case").get(pk=step.pk)
    return partial(services.answer, step=mine, by=by, now=now, outcome=outcome, opinion="because")


def read_again(case: Case) -> Case:
    return Case.objects.select_related("process").get(pk=case.pk)


def test_of_two_approvers_one_answers_and_the_other_hears_that_it_is_answered(
    they: People, now: datetime
) -> None:
    for n in range(TIMES):
        case = three_steps(they, now, subject=f"thing:{n}", tutors=[they.wang.pk, they.olga.pk])
        step = waiting(case)["tutor"]
        racers = at_once(said(step, they.wang, now), said(step, they.olga, now, "reject"))
        assert codes(racers) == ["", "workflows.answered"]
        winner = they.wang if racers[0].refusal is None else they.olga
        step.refresh_from_db()
        assert (step.answered_by, step.task.owner) == (winner, winner)
        answers = case.events.filter(step=step)
        assert [(event.kind, event.actor) for event in answers] == [(step.outcome, winner)]
        assert read_again(case).is_open == (winner == they.wang)
        assert set(waiting(case)) == ({"lab"} if winner == they.wang else set())


def test_a_double_click_is_one_answer(they: People, now: datetime) -> None:
    for n in range(TIMES):
        case = three_steps(they, now, subject=f"thing:{n}")
        step = waiting(case)["tutor"]
        assert codes(at_once(*[said(step, they.wang, now)] * 2)) == ["", "workflows.answered"]
        assert kinds(case) == ["started", "approve"]
        assert case.steps.count() == 2
        assert Fact.objects.filter(name="workflows.step_answered").count() == n + 1


def test_two_who_claim_one_step_do_not_share_it(they: People, now: datetime) -> None:
    for n in range(TIMES):
        case = three_steps(they, now, subject=f"thing:{n}", tutors=[they.wang.pk, they.olga.pk])
        step = waiting(case)["tutor"]
        racers = at_once(
            *(partial(services.claim, step=step, by=by, now=now) for by in (they.wang, they.olga))
        )
        assert codes(racers) == ["", "workflows.taken"]
        winner = they.wang if racers[0].refusal is None else they.olga
        assert waiting(case)["tutor"].task.owner == winner
        assert list(case.events.order_by("pk").values_list("kind", "actor")) == [
            ("started", they.alice.pk),
            ("claimed", winner.pk),
        ]


def test_the_deciding_answer_and_a_withdrawal_exclude_each_other(they: People, now: datetime) -> None:
    for n in range(TIMES):
        case = three_steps(they, now, subject=f"thing:{n}")
        yes(case, they.wang, now)
        yes(case, they.teng, now)
        withdraw = partial(services.withdraw, case=case, by=they.alice, now=now)
        answer, withdrawal = at_once(said(waiting(case)["office"], they.olga, now), withdraw)
        case = read_again(case)
        tasks = [task.flow_task_type for task in open_tasks(case.process)]
        if withdrawal.refusal is None:
            assert codes([answer]) == ["workflows.answered"]
            assert (case.state, case.process.status, tasks) == ("withdrawn", "CANCELED", [])
            assert kinds(case) == ["started", "approve", "approve", "withdrawn"]
        else:
            assert codes([answer, withdrawal]) == ["", "workflows.too_late"]
            assert (case.state, case.process.status, tasks) == ("open", "NEW", ["TIMER"])
            assert kinds(case) == ["started", "approve", "approve", "approve"]


def test_an_earlier_answer_may_come_before_a_withdrawal_but_never_after(they: People, now: datetime) -> None:
    for n in range(TIMES):
        case = three_steps(they, now, subject=f"thing:{n}")
        withdraw = partial(services.withdraw, case=case, by=they.alice, now=now)
        answer, withdrawal = at_once(said(waiting(case)["tutor"], they.wang, now), withdraw)
        assert withdrawal.refusal is None
        first = [] if answer.refusal else ["approve"]
        assert kinds(case) == ["started", *first, "withdrawn"]
        case = read_again(case)
        assert (case.state, waiting(case), open_tasks(case.process)) == ("withdrawn", {}, [])


def test_the_deadline_and_an_answer_exclude_each_other(they: People, now: datetime) -> None:
    for n in range(TIMES):
        case = services.start(
            DueFlow,
            by=they.alice,
            now=now,
            applicant=they.alice,
            subject_ref=f"due:{n}",
            unit=they.lab,
            data={"tutors": [they.wang.pk]},
        )
        step = waiting(case)["ask"]
        assert step.due_at is not None
        by_itself = partial(services.expire, step=step, now=step.due_at)
        answer, expiry = at_once(said(step, they.wang, step.due_at), by_itself)
        outcome, kind = ("late", "expired") if expiry.result else ("answered", "approve")
        assert codes([answer]) == (["workflows.answered"] if expiry.result else [""])
        case = read_again(case)
        assert (case.state, case.outcome, case.process.status) == ("done", outcome, "DONE")
        assert kinds(case) == ["started", kind, "done"]


def _round(they: People, now: datetime, n: int) -> tuple[Case, list[tuple[Step, User]]]:
    members = [they.wang, they.teng, they.olga, they.bob]
    case = services.start(
        RoundFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref=f"round:{n}",
        data={"members": [user.pk for user in members]},
    )
    steps = {step.task.owner_id: step for step in case.steps.select_related("task")}
    return case, [(steps[user.pk], user) for user in members]


def _tasks(case: Case, kind: str) -> list[str]:
    return list(case.process.task_set.filter(flow_task_type=kind).values_list("status", flat=True))


def test_four_votes_at_once_make_one_join_and_decide_once(they: People, now: datetime) -> None:
    for n in range(TIMES):
        case, votes = _round(they, now, n)
        racers = at_once(*(said(step, user, now) for step, user in votes))
        assert codes(racers) == ["", "", "", "workflows.answered"]  # three of four are a majority
        assert _tasks(case, "JOIN") == ["DONE"]
        assert Counter(kinds(case)) == {"started": 1, "approve": 3, "done": 1}
        case = read_again(case)
        assert (case.outcome, case.process.status, open_tasks(case.process)) == ("counted", "DONE", [])


def test_four_votes_without_a_majority_wait_in_one_join(they: People, now: datetime) -> None:
    for n in range(TIMES):
        case, votes = _round(they, now, n)
        words = ("approve", "reject", "approve", "reject")
        calls = [said(step, user, now, word) for (step, user), word in zip(votes, words, strict=True)]
        assert codes(at_once(*calls)) == [""] * 4
        assert _tasks(case, "JOIN") == ["STARTED"]
        assert _tasks(case, "TIMER") == ["SCHEDULED"]
        assert read_again(case).is_open
    later = now + timedelta(days=7)
    at_once(*[partial(services.sweep, now=later)] * 2)  # and two machines that sweep
    assert set(Case.objects.values_list("outcome", flat=True)) == {"counted"}
    assert Fact.objects.filter(name="workflows.case_ended").count() == TIMES


def test_of_two_who_start_for_one_subject_one_has_the_case(they: People, now: datetime) -> None:
    for n in range(TIMES):
        racers = at_once(*[partial(three_steps, they, now, subject=f"thing:{n}")] * 2)
        assert codes(racers) == ["", "workflows.case_open"]
        (case,) = (racer.result for racer in racers if racer.result)
        (refusal,) = (racer.refusal for racer in racers if racer.refusal)
        assert refusal.details["number"] == case.number
        assert Case.objects.count() == Process.objects.count() == n + 1  # nothing is left of the other's
