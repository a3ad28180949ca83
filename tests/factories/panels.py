"""A committee for tests, its panels and its votes. Made by the operations, as the office and the secretary
would.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.panels import operations
from apps.panels.models import Committee, Panel, PanelSeat, Round
from apps.panels.queries import sitting
from apps.people.models import User
from apps.people.operations import register_user
from tests.people import PASSWORD, YEAR, People

DAY = timedelta(days=1)
SUBJECT = "submission:01test"
OTHER = {"hour_fen": 12_000}
QUESTION = {"subject": SUBJECT, "title": "FE-SEM"}
NAMES = ("赵", "钱", "孙", "李", "周", "吴", "郑", "冯", "陈", "褚")


@dataclass
class Board:
    """A committee of a chair, a deputy and members, with a secretary who has no vote."""

    committee: Committee
    chair: User
    deputy: User
    members: list[User]
    secretary: User

    @property
    def voters(self) -> list[User]:
        """Everybody with a vote, the chair first."""
        return [self.chair, self.deputy, *self.members]


def staff(login: str, name_zh: str, now: datetime, **changes: Any) -> User:
    """One more member of the school's staff."""
    return register_user(
        username=login,
        name_zh=name_zh,
        name_en=login.capitalize(),
        password=PASSWORD,
        now=now,
        **{"kind": "staff", "unit": None, **changes},
    )


def board(they: People, now: datetime, *, members: int = 7, code: str = "fees") -> Board:
    """The fee committee, appointed a month ago for three years."""
    before = now - 30 * DAY
    root = they.lab.parent.parent if they.lab.parent else they.lab
    assert root is not None
    made = operations.create_committee(
        code=code,
        name_zh="收费标准审核委员会",
        name_en="Fee Review Committee",
        unit=root,
        by=they.office,
        now=before,
    )
    chair = staff(f"{code}-chair", "马主任", before)
    deputy = staff(f"{code}-deputy", "牛副主任", before)
    others = [staff(f"{code}-m{number}", f"{NAMES[number]}老师", before) for number in range(members)]
    secretary = staff(f"{code}-secretary", "杨秘书", before)
    seated = [
        (chair, "chair"),
        (deputy, "deputy"),
        *((one, "member") for one in others),
        (secretary, "secretary"),
    ]
    for user, role in seated:
        operations.appoint_seat(
            committee=made,
            user=user,
            role=role,
            valid_from=before,
            valid_until=before + 3 * YEAR,
            source_case="committee:first",
            by=they.office,
            now=before,
        )
    return Board(made, chair, deputy, others, secretary)


def formed(
    who: Board, now: datetime, *, size: int = 5, reserve: int = 2, subject: str = SUBJECT, **changes: Any
) -> Panel:
    """A panel of so many members (the chair not among them), who are invited."""
    asked: dict[str, Any] = {
        "committee": who.committee,
        "subject_ref": subject,
        "members": who.members[:size],
        "substitutes": who.members[size : size + reserve],
        "chair": who.chair,
        "answer_by": now + 3 * DAY,
        "by": who.secretary,
        **changes,
    }
    return operations.form_panel(**asked, now=now)


def seat(panel: Panel, user: User) -> PanelSeat:
    """The seat of somebody on a panel, as it is now."""
    return PanelSeat.objects.select_related("panel", "user").get(panel=panel, user=user)


def accept(panel: Panel, user: User, now: datetime, familiarity: int = 2) -> PanelSeat:
    """Somebody accepts."""
    return operations.answer_invitation(
        seat=seat(panel, user), answer="accept", familiarity=familiarity, by=user, now=now
    )


def accepted(who: Board, now: datetime, **changes: Any) -> Panel:
    """A panel of which everybody has accepted."""
    panel = formed(who, now, **changes)
    for one in panel.seats.filter(state="invited").select_related("user"):
        accept(panel, one.user, now)
    return panel


def opened(panel: Panel, now: datetime, **changes: Any) -> Round:
    """A first round of five days about a price."""
    asked: dict[str, Any] = {"question": QUESTION, "due_at": now + 5 * DAY, "by": None, **changes}
    return operations.open_round(panel=panel, **asked, now=now)


def vote(round_: Round, user: User, choice: str, now: datetime, **changes: Any) -> operations.Cast:
    """Somebody votes; to modify is to name 120.00 an hour."""
    asked: dict[str, Any] = {"reason": f"{user.username} says {choice}", **changes}
    if choice == "modify":
        asked.setdefault("option", OTHER)
    return operations.cast_ballot(round_=round_, choice=choice, by=user, now=now, **asked)


def votes(round_: Round, choices: str, now: datetime) -> Round:
    """The members vote in order, until the round closes: a(pprove) m(odify) r(eject) n(othing: abstain)
    -(stay away).
    """
    words = {"a": "approve", "m": "modify", "r": "reject", "n": "abstain"}
    for letter, one in zip(choices, sitting(round_.panel), strict=True):
        if letter in words and vote(round_, one.user, words[letter], now).closed:
            break
    round_.refresh_from_db()
    return round_
