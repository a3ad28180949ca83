"""A fee review of the FE-SEM A: what its tests have in common. Teng, its manager, proposes prices; the head
of the department, finance, the committee and the office are there.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from apps.decisions.models import RuleSetVersion
from apps.decisions.operations import install_defaults
from apps.fees.content import Content
from apps.fees.drafting import create_draft, save_draft
from apps.fees.models import FeeVersion, Proposal
from apps.fees.operations import approve_version
from apps.fees.versioning import item_drafts
from apps.instruments.models import Instrument
from apps.panels.models import Panel, PanelSeat
from apps.panels.queries import open_panel
from apps.people.models import User
from apps.people.posts import appoint_post
from tests.factories.fees import SEM_COST, SEM_ITEM, fee_content, not_open_content, priced_at, sheet
from tests.factories.instruments import sister
from tests.factories.panels import Board, board, staff
from tests.people import People
from tests.workflows.registering import hear
from workflows import services
from workflows.fee_review.starting import send
from workflows.models import Attachment, Case, Step

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
APPROVE: dict[str, Any] = {"choice": "approve"}
REJECT: dict[str, Any] = {"choice": "reject"}
ABSTAIN: dict[str, Any] = {"choice": "abstain"}


@dataclass
class School:
    """Everybody whom a fee review asks, and the instrument."""

    they: People
    board: Board
    head: User
    finance: User

    @property
    def sem(self) -> Instrument:
        return self.they.sem

    @property
    def manager(self) -> User:
        return self.they.teng


def school(they: People, now: datetime) -> School:
    """The committee of nine, a head of department, a finance officer; the rules in force."""
    before = now - 30 * DAY
    if not RuleSetVersion.objects.exists():
        install_defaults(now=before)
    department = they.lab.parent
    assert department is not None
    root = department.parent or department
    head = staff("head", "系主任", before, unit=department)
    finance = staff("auditor", "审计员", before)
    appoint_post(user=head, unit=department, kind="department_head", by=they.office, now=before)
    appoint_post(user=finance, unit=root, kind="finance_officer", by=they.office, now=before)
    return School(they, board(they, now), head, finance)


def content(*instruments: Instrument, internal: int = 260_00, **cost: Any) -> Content:
    """A proposal of one item for each instrument, its cost with some members written differently."""
    item = priced_at(replace(SEM_ITEM, cost=replace(SEM_COST, **cost)), internal=internal)
    return fee_content(*(sheet(one, item) for one in instruments))


def approved(instrument: Instrument, now: datetime, internal: int = 260_00, **terms: Any) -> None:
    """A standard like that is in force already."""
    says = content(instrument, internal=internal).sheets[0]
    approve_version(
        instrument=instrument,
        approval_no="QY-2025-1",
        items=item_drafts(says),
        terms=says.terms,
        valid_from=now - 300 * DAY,
        source_case="import:2025",
        now=now,
        **terms,
    )


def simple(who: School, now: datetime) -> Content:
    """What may go the short way: a little dearer than what is in force, like four sister instruments."""
    approved(who.sem, now)
    for number, internal in enumerate((240_00, 260_00, 270_00, 290_00)):
        approved(sister(who.sem, f"QY8000{number}", now - 400 * DAY), now, internal)
    return content(who.sem, internal=264_00)


def closing(*instruments: Instrument) -> Content:
    """An application not to open them."""
    return not_open_content(*instruments)


def drafted(who: School, now: datetime, says: Content | None = None, *instruments: Instrument) -> Proposal:
    """Teng has a draft."""
    about = instruments or (who.sem,)
    says = says or content(*about)
    draft = create_draft(kind=says.kind, instruments=about, by=who.manager, now=now, copy=False)
    return save_draft(proposal=draft, revision=draft.revision, content=says, by=who.manager, now=now)


def sent(who: School, now: datetime, says: Content | None = None, *instruments: Instrument) -> Case:
    """Teng has sent it."""
    draft = drafted(who, now, says, *instruments)
    return send(proposal=draft, revision=draft.revision, by=who.manager, now=now)


def heard(case: Case, now: datetime) -> Case:
    """The outbox is heard, the case read again."""
    hear(now)
    case.refresh_from_db()
    case.process.refresh_from_db()
    return case


def at(case: Case) -> str:
    """Where an open case waits ('vote vote vote' when several are asked); how it ended otherwise."""
    case.refresh_from_db()
    found = sorted(case.steps.filter(answered_at__isnull=True).values_list("node", flat=True))
    return " ".join(found) if case.is_open else f"{case.state}:{case.outcome}"


def step_of(case: Case, node: str, user: User | None = None) -> Step:
    """The step that waits at a node (for somebody)."""
    steps = case.steps.filter(node=node, answered_at__isnull=True).select_related("task", "case")
    return (steps.filter(task__owner=user) if user is not None else steps).order_by("id")[0]


def answer(
    case: Case,
    node: str,
    by: User,
    now: datetime,
    outcome: str = "complete",
    opinion: str = "",
    step: Step | None = None,
    **data: Any,
) -> Step:
    """The person answers. What follows follows at once: facts are heard where a test is about them."""
    asked = step or _theirs(case, node, by)
    files: tuple[Attachment, ...] = ()
    if node == "department" and outcome == "approve":
        files = (services.attach(case=case, by=by, name="minutes.pdf", content=b"%PDF-1.7 minutes", now=now),)
    done = services.answer(
        step=asked, by=by, now=now, outcome=outcome, opinion=opinion, data=data, attachments=files
    )
    case.refresh_from_db()
    return done


def _theirs(case: Case, node: str, by: User) -> Step:
    mine = case.steps.filter(node=node, answered_at__isnull=True, candidates__user=by)
    return mine.select_related("task", "case").order_by("id")[0]


def agreed(who: School, case: Case, now: datetime) -> Case:
    """Department and finance agree."""
    if at(case) == "department":
        answer(case, "department", who.head, now, "approve", "党政联席会同意")
    if at(case) == "finance":
        answer(case, "finance", who.finance, now, "approve")
    return case


def panel_in(case: Case) -> Panel:
    """The panel that judges it now."""
    found = open_panel(f"case:{case.ulid}")
    assert found is not None
    return found


def invited(who: School, case: Case, now: datetime, size: int = 3, reserve: int = 2) -> Panel:
    """The secretary has formed the panel."""
    members = who.board.members
    answer(
        case,
        "form_panel",
        who.board.secretary,
        now,
        members=members[:size],
        substitutes=members[size : size + reserve],
    )
    return panel_in(case)


def accept(case: Case, user: User, now: datetime, familiarity: int = 2, node: str = "invitation") -> None:
    """A member accepts."""
    answer(case, node, user, now, familiarity=familiarity)


def voting(who: School, now: datetime, says: Content | None = None, size: int = 3, **more: Any) -> Case:
    """A case whose first round is open; members 0, 1, 2, ... sit."""
    case = agreed(who, sent(who, now, says), now)
    invited(who, case, now, size, **more)
    for user in who.board.members[:size]:
        accept(case, user, now)
    assert at(case) == " ".join(["vote"] * size)
    return case


def invited_panel(they: People, now: datetime) -> tuple[Case, Board]:
    """For the tests of pages: a case about the FE-SEM whose first round is open."""
    who = school(they, now)
    return voting(who, now), who.board


def vote(
    case: Case, user: User, now: datetime, how: dict[str, Any], reason: str = "理由", **more: Any
) -> None:
    """A member votes, in whichever round is open."""
    node = "vote_again" if "vote_again" in at(case) else "vote"
    answer(case, node, user, now, **{"reason": reason, **how})


def changed(case: Case, internal: int = 240_00) -> dict[str, Any]:
    """A vote for another internal price."""
    from workflows.fee_review import asked  # noqa: PLC0415

    sheets = asked.content_of(case).sheets
    option = {
        "prices": [
            {"instrument": sheet.instrument, "item": one.code, "tier": tier, "fen": fen}
            for sheet in sheets
            for one in sheet.items
            for tier, fen in (("internal", internal), ("external_academic", 620_00), ("enterprise", 900_00))
        ]
    }
    return {"choice": "modify", "option": option}


def seat(case: Case, user: User) -> PanelSeat:
    """Somebody's place on the panel."""
    return PanelSeat.objects.select_related("panel", "user").get(panel=panel_in(case), user=user)


def noticed(who: School, now: datetime, says: Content | None = None) -> Case:
    """A case whose prices the committee approved: the notice is open."""
    case = voting(who, now, says)
    for user in who.board.members[:2]:
        vote(case, user, now, APPROVE)
    assert at(case) == ""
    return case


def after_notice(case: Case, now: datetime) -> datetime:
    """The notice is over; gives when."""
    later = now + 30 * DAY
    for _turn in range(3):
        services.sweep(now=later)
        heard(case, later)
    return later


def issued(who: School, case: Case, now: datetime, valid_from: datetime | None = None) -> datetime:
    """The office issues the decision; gives from when it is in force."""
    begins = valid_from or now + DAY
    answer(case, "issue", who.they.office, now, valid_from=begins)
    return begins


def versions(who: School) -> list[FeeVersion]:
    """The fee standards of the SEM, oldest first."""
    return list(FeeVersion.objects.filter(instrument=who.sem).order_by("version"))
