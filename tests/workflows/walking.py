"""Walking a flow in every way: at each turn one of the things that may happen now happens; then the laws of a
case must hold. Edges are counted, so that a test can demand all of them.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from viewflow.workflow.models import Task

from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from tests.people import People
from tests.workflows.registering import hear
from tests.workflows.toys import waiting
from workflows import services
from workflows.base import BaseFlow, open_tasks
from workflows.models import Case, Step
from workflows.services.answering import ways_back

Edge = tuple[str, str]
Choose = Callable[[list[str]], str]
DataOf = Callable[[Step, str, User], dict[str, Any]]
LONGEST = 40
LOOPS = 2


def edges_of(flow: type[BaseFlow]) -> set[Edge]:
    """Every edge that the flow draws."""
    instance: Any = flow.instance
    return {(edge.src.name, edge.dst.name) for node in instance.nodes() for edge in node._outgoing()}


def walked_edges(case: Case) -> Counter[Edge]:
    """The edges that a case took, by its tasks."""
    taken: Counter[Edge] = Counter()
    for task in Task.objects.filter(process_id=case.process_id).prefetch_related("previous"):
        for before in task.previous.all():
            taken[before.flow_task.name, task.flow_task.name] += 1
    return taken


class Walk:
    """One case on its way. `more` are things that may happen from outside, by name: at which node they mean
    something ('' is anywhere), and how they happen.
    """

    def __init__(
        self,
        they: People,
        case: Case,
        now: datetime,
        *,
        choose: Choose,
        data_of: DataOf,
        more: Mapping[str, tuple[str, Callable[[datetime], None]]],
        laws: Callable[[Case, datetime], None],
    ) -> None:
        self.they, self.case, self.now = they, case, now
        self.choose, self.data_of, self.more, self.laws = choose, data_of, more, laws
        self.happened: list[str] = []

    def to_the_end(self) -> Case:
        """Until the case has ended; it has to within `LONGEST` turns. Gives the case."""
        self._check()
        while self.case.is_open:
            assert len(self.happened) < LONGEST, self.happened
            turn = self.choose(sorted(self._turns()))
            self.happened.append(turn)
            self._take(turn)
            hear(self.now)
            self.case.refresh_from_db()
            self._check()
        return self.case

    def _turns(self) -> set[str]:
        found: set[str] = set()
        for node, step in waiting(self.case).items():
            flow_task = step.task.flow_task
            if not flow_task.automatic:
                found |= {f"answer {node} {one.key}" for one in flow_task.choices}
                found |= {f"back {node} {way.name}" for way in ways_back(step)}
            if "expired" in flow_task.outcomes and step.due_at is not None:
                found.add(f"expire {node}")
        if open_timers(self.case):
            found.add("clock")
        here = {"", *waiting(self.case)}
        found |= {f"more {name}" for name, (node, _act) in self.more.items() if node in here}
        return {turn for turn in found if self._times(turn) < LOOPS} or found

    def _times(self, turn: str) -> int:
        """How often a turn that goes round was taken."""
        return self.happened.count(turn)

    def _take(self, turn: str) -> None:
        verb, *names = turn.split()
        if verb == "more":
            self.more[names[0]][1](self.now)
        elif verb == "clock":
            self._later(max(task.scheduled for task in open_timers(self.case)))
        else:
            step = waiting(self.case)[names[0]]
            if verb == "expire":
                assert step.due_at is not None
                self._later(step.due_at)
            else:
                self._act(verb, step, names[1])

    def _act(self, verb: str, step: Step, name: str) -> None:
        by = step.task.owner or step.candidates.select_related("user").order_by("id")[0].user
        if verb == "back":
            services.send_back(step=step, by=by, now=self.now, to=name, reason="walk")
            return
        refuses = step.task.flow_task.outcomes[name].refuses
        services.answer(
            step=step,
            by=by,
            now=self.now,
            outcome=name,
            opinion="walk" if refuses else "",
            data={} if refuses else self.data_of(step, name, by),
        )

    def _later(self, moment: datetime) -> None:
        self.now = max(self.now, moment + timedelta(seconds=1))
        services.sweep(now=self.now)

    def _check(self) -> None:
        """A case that is open waits for somebody or something; nobody is asked who could not answer, and
        nobody in their own case; a case that has ended waits for nothing; the domain agrees.
        """
        steps = waiting(self.case)
        if self.case.is_open:
            assert open_tasks(self.case.process), self.happened
        else:
            assert not steps, (self.happened, steps)
            assert not open_tasks(self.case.process)
            assert self.case.ended_at is not None
        for step in steps.values():
            seats = list(step.candidates.select_related("user"))
            assert seats, (self.happened, step.node)
            of_applicant = step.task.flow_task.of_applicant
            for seat in seats:
                assert (seat.user_id == self.case.applicant_id) is of_applicant
                assert of_applicant or user_state(seat.user, self.now) == ACTIVE
        self.laws(self.case, self.now)


def open_timers(case: Case) -> list[Any]:
    """The timers that run."""
    return [task for task in open_tasks(case.process) if task.scheduled is not None]


def least_walked(taken: Counter[str]) -> Choose:
    """Mostly a turn that was taken least so far, over all walks; now and then any. Seeded."""
    dice = random.Random(11)  # noqa: S311 - reproducible, not secret

    def choose(turns: list[str]) -> str:
        least = min(taken[one] for one in turns)
        rare = [one for one in turns if taken[one] == least]
        turn = dice.choice(rare if dice.random() < 0.6 else turns)
        taken[turn] += 1
        return turn

    return choose
