"""Cases on one database. Whole ways through a process, from the beginning to its end, once through the
services of Clearbench (rights, candidates, history, dossier, outbox) and once through bare viewflow, in turn;
and the pages of the inbox of a person with thirty open tasks and a tenth of all finished ones.
"""

import time
from collections.abc import Callable, Mapping
from itertools import count
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.clock import now
from apps.decisions.operations import install_defaults
from apps.people.models import User
from bench.archive import Archive
from bench.browsing import ask_for, browser_of
from bench.flows.approvals import (
    LAB,
    MEMBERS,
    OFFICE,
    TUTOR,
    ApprovalFlow,
    BareApprovalFlow,
    BareRoundFlow,
    RoundFlow,
)
from bench.lines import say, spread
from bench.school import person
from workflows import services
from workflows.base import BaseFlow
from workflows.models import Case

APPLICANT = "bench_applicant"
APPROVAL_BAR, INBOX_BAR, QUERIES_BAR = 2.0, 1.3, 8
HELD = 30
TABS = ("mine", "claimable", "applied", "done")


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on; there is no gateway to profile here."""
    del profile
    install_defaults(now=now())
    people = {name: person(name, None, now()) for name in (APPLICANT, TUTOR, LAB, OFFICE, *MEMBERS)}
    _beside_bare("approval_three_steps", _approval, _bare_approval, people, 4 if quick else 100, APPROVAL_BAR)
    _beside_bare("vote_round", _round, _bare_round, people, 2 if quick else 20, None)
    _inbox(people, (30, 300) if quick else (10_000, 1_000_000), 4 if quick else 40)


_NUMBERS = count(1)
Way = Callable[[dict[str, User]], None]


def _beside_bare(
    name: str, ours: Way, bare: Way, people: dict[str, User], times: int, bar: float | None
) -> None:
    taken: dict[Way, list[float]] = {ours: [], bare: []}
    asked: dict[Way, int] = {}
    for way in taken:
        way(people)  # the first one loads and pins
        with CaptureQueriesContext(connection) as captured:
            way(people)
        asked[way] = len(captured)
    for _ in range(times):
        for way, samples in taken.items():
            begin = time.perf_counter()
            way(people)
            samples.append((time.perf_counter() - begin) * 1000)
    baseline = median(taken[bare])
    ratio = median(taken[ours]) / baseline
    say(
        name,
        database=connection.vendor,
        **spread(taken[ours]),
        statements=asked[ours],
        baseline_p50_ms=round(baseline, 3),
        baseline_statements=asked[bare],
        ratio=round(ratio, 2),
        **({} if bar is None else {"bar": f"ratio <= {bar:g}", "meets_bar": ratio <= bar}),
    )


def _begin(flow: type[BaseFlow], people: dict[str, User]) -> Case:
    return services.start(
        flow,
        by=people[APPLICANT],
        now=now(),
        applicant=people[APPLICANT],
        subject_ref=f"bench:{next(_NUMBERS)}",
        dossier=[{"title": "Bench", "rows": [{"label": "Bench", "value": "x" * 200}]}],
    )


def _approval(people: dict[str, User]) -> None:
    case = _begin(ApprovalFlow, people)
    for name in (TUTOR, LAB, OFFICE):
        step = case.steps.select_related("task").get(answered_at__isnull=True)
        services.answer(step=step, by=people[name], now=now(), outcome="approve", opinion="Agreed.")


def _bare_approval(people: dict[str, User]) -> None:
    del people
    process = BareApprovalFlow.start.run()
    for _ in range(3):
        _bare_answer(process.task_set.get(finished__isnull=True))


def _round(people: dict[str, User]) -> None:
    case = _begin(RoundFlow, people)
    steps = {step.task.owner_id: step for step in case.steps.select_related("task")}
    for name in MEMBERS:
        services.answer(step=steps[people[name].pk], by=people[name], now=now(), outcome="approve")


def _bare_round(people: dict[str, User]) -> None:
    process = BareRoundFlow.start.run()
    votes = process.task_set.filter(flow_task=BareRoundFlow.vote).order_by("pk")
    for task, name in zip(list(votes), MEMBERS, strict=True):
        _bare_answer(task, people[name])


def _bare_answer(task: object, owner: User | None = None) -> None:
    with task.activation() as activation:  # type: ignore[attr-defined]
        if owner is not None:
            activation.assign(owner)
        activation.start(None)
        activation.execute()


def _inbox(people: dict[str, User], sizes: tuple[int, int], times: int) -> None:
    _approval(people)
    finished = Case.objects.filter(flow=ApprovalFlow.key, ended_at__isnull=False).latest("id")
    archive = Archive(finished, heavy=people[TUTOR], others=[people[name] for name in MEMBERS])
    for _ in range(HELD):
        _begin(ApprovalFlow, people)
    client = browser_of(people[TUTOR])
    small: dict[str, Mapping[str, float | int]] = {}
    for rows in sizes:
        archive.grow(rows // 3)
        for tab in TABS:
            page, bars = ("task_inbox", {"tab": tab}), {}
            if tab in small:
                bars = {"bar": f"ratio <= {INBOX_BAR:g}, queries <= {QUERIES_BAR}"}
            found = ask_for(client, f"inbox_{tab}", page, rows, times, small.get(tab), **bars)
            small.setdefault(tab, found)
