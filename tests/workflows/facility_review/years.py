"""A year of the FE-SEM's facility for tests: its head is Fei, Teng and Olga are of its crew, and three of the
committee score.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.evaluation.facility import write_cell
from apps.evaluation.facility_columns import COLUMNS
from apps.evaluation.models import FacilityReview, FacilityTable
from apps.people.models import User
from apps.people.operations import grant_authorization, register_user
from tests.factories.panels import Board, board
from tests.factories.usage import Past, past_uses
from tests.people import PASSWORD, YEAR, People
from tests.workflows.registering import hear
from tests.workflows.toys import waiting
from workflows import services
from workflows.facility_review.beginning import open_year
from workflows.models import Case

HOUR_MS = 3_600_000
HEAD, SCORE = "confirm", "score"


@dataclass
class Year:
    """The review of 2025 with the table of the FE-SEM's facility and its case."""

    they: People
    review: FacilityReview
    table: FacilityTable
    head: User
    board: Board
    now: datetime

    @property
    def case(self) -> Case:
        return Case.objects.get(flow="facility_review", subject_ref=f"facility_table:{self.table.ulid}")

    def complete(self) -> None:
        """The head writes every open cell: 3 of each, a note for the core-hours."""
        for cell in self.table.cells.filter(value__isnull=True, note=""):
            note = "由调度系统计量" if cell.key == "core_hours" else ""
            value = None if note else 3
            write_cell(cell=cell, value=value, note=note, by=self.head, now=self.now)

    def confirm(self) -> None:
        """The head confirms."""
        step = waiting(self.case)[HEAD]
        services.answer(step=step, by=self.head, now=self.now, outcome="complete")
        self.table.refresh_from_db()

    @property
    def judges(self) -> list[User]:
        """Who sits on the panel in these tests."""
        return self.board.members[:3]

    def seat(self, members: list[User] | None = None, substitutes: list[User] | None = None) -> None:
        """The secretary forms the panel, and everybody accepts."""
        members = self.judges if members is None else members
        step = waiting(self.case)["form_panel"]
        sent = {"members": members, "substitutes": substitutes or []}
        services.answer(step=step, by=self.board.secretary, now=self.now, outcome="complete", data=sent)
        for user in members:
            self.accept(user)

    def accept(self, user: User, outcome: str = "complete", opinion: str = "") -> None:
        """Somebody answers their invitation; the outbox is heard."""
        step = self.case.steps.get(answered_at__isnull=True, node="invitation", task__owner=user)
        services.answer(
            step=step, by=user, now=self.now, outcome=outcome, opinion=opinion, data={"familiarity": 1}
        )
        hear(self.now)
        self.table.refresh_from_db()

    def judged(self, *points: int) -> None:
        """The whole way: completed, confirmed, scored by three."""
        self.complete()
        self.confirm()
        self.seat()
        for user, given in zip(self.judges, points or (90, 81, 80), strict=True):
            self.score(user, given)

    def score(self, by: User, points: int, opinion: str = "运行平稳") -> None:
        """One of the panel scores."""
        step = self.case.steps.get(answered_at__isnull=True, node=SCORE, task__owner=by)
        services.answer(
            step=step, by=by, now=self.now, outcome="complete", opinion=opinion, data={"points": points}
        )
        self.table.refresh_from_db()


def opened(they: People, now: datetime) -> Year:
    """Alice used the FE-SEM A for three hours in March 2025; the office opens 2025."""
    scope = f"facility:{they.sem.facility.ulid}"
    head = _staff("fei", "费主任", "Fei", now)
    grant_authorization(user=head, kind="manage", scope=scope, grantor=they.office, now=now)
    march = datetime.fromisoformat("2025-03-12T02:00:00+00:00")
    past_uses(they.sem, [Past(march, 3 * HOUR_MS, they.alice)])
    judges = board(they, now, code="evaluation")
    review = open_year(year=2025, by=they.office, now=now)
    table = review.tables.select_related("facility__lab", "review").get(facility=they.sem.facility)
    return Year(they, review, table, head, judges, now)


def _staff(login: str, name_zh: str, name_en: str, now: datetime) -> User:
    before = now - YEAR + timedelta(days=1)
    return register_user(
        username=login,
        name_zh=name_zh,
        name_en=name_en,
        kind="staff",
        unit=None,
        password=PASSWORD,
        now=before,
    )


def said(table: FacilityTable) -> dict[str, int | str | None]:
    """What every cell says."""
    rows = table.cells.values_list("key", "value", "note")
    return {key: note if value is None else value for key, value, note in rows if key in COLUMNS}
