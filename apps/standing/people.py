"""Who is asking: the holder of a card or a known user, with their state, and a second person who is
present. One query.
"""

from dataclasses import dataclass
from datetime import datetime

from apps.standing.reading import Row, Rows, read
from apps.standing.statements import PEOPLE

ACTIVE, SUSPENDED, INACTIVE = "active", "suspended", "inactive"
BLOCKED, UNKNOWN, NOT_USED = "blocked", "unknown", "not_used"


@dataclass(frozen=True, slots=True)
class Person:
    """A user at a moment. `ends` is when registration or freedom from suspension ends, where a date is
    known. A `visitor` may only hand in samples.
    """

    id: int
    ulid: str
    kind: str
    state: str
    suspension: str
    ends: datetime | None
    visitor: bool = False

    @property
    def is_external(self) -> bool:
        return self.kind in ("external_academic", "enterprise")


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A card that was held to a reader, as the school knows it; `holder_id` is None for one that nobody
    knows.
    """

    state: str
    ref: str = ""
    holder_id: int | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """Who is there. `second` is another active person with a card in force, or None."""

    person: Person | None
    card: CardSeen
    second: Person | None


def identify(
    *,
    at: datetime,
    seen: datetime,
    user_id: int | None = None,
    card: str | None = None,
    card2: str | None = None,
    second_id: int | None = None,
) -> Present:
    """Who holds the card, or who the known user is, and whether a second person is really there. One query.

    Cards blocked up to `seen` count as blocked. With both a user and a card, a card of somebody else counts
    as unknown. The second person is named by a card, or by `second_id` when they badged in earlier.
    """
    rows = read(PEOPLE, user=user_id, user2=second_id, card=card, card2=card2, at=at)
    held = _card(rows, card, at, seen) if card else CardSeen(NOT_USED)
    if user_id is not None and held.holder_id not in (None, user_id):
        held = CardSeen(UNKNOWN)
    person = _person(rows, user_id if user_id is not None else held.holder_id, at)
    second_card = _card(rows, card2, at, seen) if card2 else CardSeen(NOT_USED)
    if second_id is None and second_card.state == ACTIVE:
        second_id = second_card.holder_id
    second = _person(rows, second_id, at)
    counts = second is not None and second.state == ACTIVE and (person is None or second.id != person.id)
    return Present(person, held, second if counts else None)


def _card(rows: Rows, digest: str, at: datetime, seen: datetime) -> CardSeen:
    """The card in force under a digest, else the one that was blocked last, else unknown."""
    mine = [row for row in rows.get("card", ()) if row.a == digest]
    if not mine:
        return CardSeen(UNKNOWN)
    held = [row for row in mine if _in_force(row, at, seen)]
    row = held[0] if held else max(mine, key=_card_number)
    return CardSeen(ACTIVE if held else BLOCKED, row.ulid, row.id, row.t1)


def _card_number(row: Row) -> int:
    return row.n


def _in_force(row: Row, at: datetime, seen: datetime) -> bool:
    begun = row.t0 is not None and row.t0 <= at
    return begun and (row.t1 is None or at < row.t1) and (row.t2 is None or seen < row.t2)


def _person(rows: Rows, user_id: int | None, at: datetime) -> Person | None:
    found = next((row for row in rows.get("user", ()) if row.id == user_id), None)
    if found is None:
        return None
    suspensions = [row for row in rows.get("suspension", ()) if row.id == found.id]
    now = next((row for row in suspensions if row.t0 is not None and row.t0 <= at), None)
    registered = found.n and found.t0 is not None and found.t0 <= at and (found.t1 is None or at < found.t1)
    ends = [moment for moment in (found.t1, *(row.t0 for row in suspensions)) if moment and moment > at]
    return Person(
        id=found.id,
        ulid=found.ulid,
        kind=found.a,
        state=(SUSPENDED if now else ACTIVE) if registered else INACTIVE,
        suspension=now.ulid if now else "",
        ends=min(ends, default=None),
        visitor=bool(found.m),
    )
