"""A round of evaluation over the FE-SEM A and its sisters: who is asked, and how they answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.evaluation.models import Round, Sheet
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.operations import grant_authorization
from apps.people.posts import appoint_post
from tests.factories.evaluations import YEAR, figures, scheme
from tests.factories.instruments import many
from tests.factories.panels import Board, board, staff
from tests.people import People, gather_with_rules
from tests.workflows.registering import hear
from workflows import services
from workflows.evaluation import drawing
from workflows.evaluation.beginning import begin_round
from workflows.models import Case, Step
from workflows.nodes import Job

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class School:
    """Everybody whom a round asks."""

    they: People
    board: Board
    head: User
    dean: User


def school(now: datetime, sisters: int = 3) -> School:
    """The FE-SEM A and some sisters, whose crews are Teng; a head of the laboratory, a dean, a committee of
    nine.
    """
    return school_of(gather_with_rules(now), now, sisters)


def school_of(they: People, now: datetime, sisters: int = 3) -> School:
    """The same of people who are there already."""
    before = now - 30 * DAY
    department = they.lab.parent
    assert department is not None
    head = staff("labhead", "室主任", before, unit=they.lab)
    dean = staff("dean", "院长", before, unit=department)
    appoint_post(user=head, unit=they.lab, kind="lab_head", by=they.office, now=before)
    grant_authorization(
        user=dean, kind="manage", scope=f"unit:{department.ulid}", grantor=they.office, now=before
    )
    many(they.sem, sisters)
    return School(they, board(they, now, code="evaluation"), head, dean)


def answered(monkeypatch: Any, hours: dict[str, int] | None = None) -> None:
    """Records answer so many hours by asset number; else ever more for each instrument in order."""

    def of_instruments(pks: Any, period: Any, **_: Any) -> dict[int, Any]:
        rows = Instrument.objects.filter(pk__in=pks).order_by("asset_no")
        return {
            one.pk: figures((hours or {}).get(one.asset_no, 300 * number), alone=number, yuan=3000 * number)
            for number, one in enumerate(rows, start=1)
        }

    monkeypatch.setattr(drawing, "of_instruments", of_instruments)
    monkeypatch.setattr(Job, "dispatch", staticmethod(lambda task_pk: None))


def begun(who: School, now: datetime, key: str = "ministry") -> tuple[Round, Case]:
    """The office has opened a round of a scheme."""
    return begin_round(version=scheme(now, key), year=YEAR, by=who.they.office, now=now)


def worked(case: Case, now: datetime) -> None:
    """A worker does the jobs that wait."""
    for task in case.process.task_set.filter(flow_task_type="JOB", status="SCHEDULED"):
        assert services.run_job(task_pk=task.pk, now=now)


def drawn(who: School, now: datetime, key: str = "ministry") -> tuple[Round, Case]:
    """A round whose figures are frozen: the crews are asked."""
    round_, case = begun(who, now, key)
    worked(case, now)
    round_.refresh_from_db()
    return round_, case


def reports(round_: Round) -> list[Case]:
    """The cases of its sheets, in order."""
    refs = [
        f"evaluation_sheet:{ulid}" for ulid in round_.sheets.order_by("id").values_list("ulid", flat=True)
    ]
    found = {case.subject_ref: case for case in Case.objects.filter(subject_ref__in=refs)}
    return [found[ref] for ref in refs if ref in found]


def report_of(sheet: Sheet) -> Case:
    """The case of a sheet."""
    return Case.objects.get(subject_ref=f"evaluation_sheet:{sheet.ulid}")


def hearing_of(round_: Round, stage: str = "bands") -> Case:
    """The hearing of a stage."""
    return Case.objects.get(subject_ref=f"evaluation_hearing:{round_.ulid}:{stage}")


def step_of(case: Case, node: str, user: User | None = None) -> Step:
    """The step that waits at a node (for somebody)."""
    steps = case.steps.filter(node=node, answered_at__isnull=True).select_related("task", "case")
    return (steps.filter(task__owner=user) if user is not None else steps).order_by("id")[0]


def answer(case: Case, node: str, by: User, now: datetime, outcome: str = "complete", **more: Any) -> Step:
    """Somebody answers; the outbox is heard."""
    done = services.answer(step=step_of(case, node), by=by, now=now, outcome=outcome, **more)
    hear(now)
    case.refresh_from_db()
    return done


def confirmed(who: School, round_: Round, now: datetime) -> None:
    """Crew, laboratory and department have answered for every sheet."""
    for case in reports(round_):
        by = step_of(case, "report").candidates.select_related("user")[0].user
        answer(case, "report", by, now)
        answer(case, "lab", who.head, now, "approve")
        answer(case, "department", who.dean, now, "approve")


def scored(who: School, now: datetime, key: str = "ministry") -> tuple[Round, Case]:
    """A round whose scores are computed: the panel is to be formed."""
    round_, case = drawn(who, now, key)
    confirmed(who, round_, now)
    services.sweep(now=now)
    worked(case, now)
    round_.refresh_from_db()
    return round_, case


def panel(case: Case, who: School, members: list[User], now: datetime) -> None:
    """The secretary forms a panel; everybody accepts."""
    answer(case, "form_panel", who.board.secretary, now, data={"members": members, "substitutes": []})
    for user in members:
        services.answer(
            step=step_of(case, "invitation", user),
            by=user,
            now=now,
            outcome="complete",
            data={"familiarity": 2},
        )
    hear(now)


def vote(case: Case, user: User, now: datetime, node: str = "vote", **data: Any) -> None:
    """Somebody votes."""
    given = {"choice": "approve", "reason": "as it is", "option": None, **data}
    services.answer(step=step_of(case, node, user), by=user, now=now, outcome="complete", data=given)
    hear(now)


def noticed(who: School, now: datetime) -> tuple[Round, Case]:
    """A round whose first panel let the scores stand: they are noticed."""
    round_, case = scored(who, now)
    hearing = hearing_of(round_)
    members = who.board.members[:3]
    panel(hearing, who, members, now)
    for user in members:
        if hearing.steps.filter(node="vote", answered_at__isnull=True, task__owner=user).exists():
            vote(hearing, user, now)
    services.sweep(now=now)
    round_.refresh_from_db()
    return round_, case
