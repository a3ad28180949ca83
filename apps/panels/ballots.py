"""The one door to ballots: nobody else names the model, and a test sees to it.

Before a round is closed a ballot is told to whoever cast it and to nobody else; that somebody has voted is
told, how is not. Afterwards it is told to whom the panel's own rules say, as they stood when the panel was
formed. Content travels in objects that do not print themselves, and what the database says about a row that
it refuses is never passed on, because it would quote the row.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import WrongState
from apps.core.periods import in_force
from apps.panels.models import Panel, PanelSeat, Round
from apps.panels.models.committees import Role
from apps.panels.models.rounds import Ballot
from apps.panels.tally import REJECT, Choice, Vote
from apps.people.models import User
from apps.people.queries import is_office
from documents.canonical import canonical, digest

# Who stands how near to a round; each sees what those after it see.
NOBODY, PANEL, APPLICANT, READER = "nobody", "panel", "applicant", "readers"
_NEARNESS = {PANEL: 1, APPLICANT: 2, READER: 3}
_REACH = {NOBODY: 0, **_NEARNESS}


def key_of(option: Any) -> str:
    """The key of an option (plain JSON data): the SHA-256 of its canonical form, so that the same option has
    the same key whoever writes it down.
    """
    return digest(canonical(option))


@dataclass(frozen=True, repr=False)
class Content:
    """What a ballot says. It does not print itself."""

    choice: str
    option_key: str
    option: Any
    reason: str

    def __repr__(self) -> str:
        return "Content(…)"


@dataclass(frozen=True, repr=False)
class Shown:
    """A ballot as somebody may see it. `name` is empty where names are not shown; `mine` marks one's own."""

    choice: str
    option_key: str
    option: Any
    reason: str
    name: str
    mine: bool

    def __repr__(self) -> str:
        return "Shown(…)"


@dataclass(frozen=True)
class Option:
    """Something that somebody voted for, and how many did. `option` is None for what was submitted and for a
    refusal.
    """

    key: str
    option: Any
    count: int


@dataclass(frozen=True)
class Turnout:
    """Who has voted, who has not, and who was called in and has not answered: never how."""

    voted: tuple[PanelSeat, ...]
    waiting: tuple[PanelSeat, ...]
    invited: tuple[PanelSeat, ...]


@sensitive_variables()
def put_in(round_: Round, seat: PanelSeat, content: Content, now: datetime) -> None:
    """The ballot is in the box. The caller holds the panel's lock and has checked everything. Raises
    WrongState `panels.not_taken` when the database refuses it all the same.
    """
    taken = True
    try:
        with transaction.atomic():
            Ballot.sealed.create(
                round=round_,
                seat=seat,
                choice=content.choice,
                option_key=content.option_key,
                option=content.option,
                reason=content.reason,
                cast_at=now,
            )
    except DatabaseError:
        taken = False
    if not taken:  # outside of the handler: the refused row must not hang on to this refusal
        raise WrongState(_("The ballot could not be taken. Please try again."), code="panels.not_taken")


def voted(round_: Round) -> set[int]:
    """Primary keys of the seats whose ballot is in. One query."""
    return set(Ballot.sealed.filter(round=round_).values_list("seat_id", flat=True))


@sensitive_variables()
def votes_of(round_: Round, counting: Sequence[PanelSeat]) -> list[Vote]:
    """The ballots of some seats as the counting wants them; for the counting only. One query."""
    rows = Ballot.sealed.filter(round=round_, seat__in=[seat.pk for seat in counting])
    return [Vote(choice, key) for choice, key in rows.values_list("choice", "option_key")]


def turnout(round_: Round) -> Turnout:
    """Who has voted and who has not. Two queries."""
    seats = list(round_.panel.seats.select_related("user"))
    done = voted(round_)
    State = PanelSeat.State
    return Turnout(
        voted=tuple(seat for seat in seats if seat.pk in done and seat.state != State.RECUSED),
        waiting=tuple(seat for seat in seats if seat.pk not in done and seat.state == State.ACCEPTED),
        invited=tuple(seat for seat in seats if seat.state == State.INVITED),
    )


@sensitive_variables()
def options_of(round_: Round) -> list[Option]:
    """What was voted for in a closed round by ballots that counted, the most voted first; nothing while it is
    open or when it was abandoned. One query.
    """
    if not _is_counted(round_):
        return []
    assert round_.outcome is not None  # noqa: S101 - a constraint says so
    counts = Counter(dict(round_.outcome["figures"]["options"]))
    options = dict(
        Ballot.sealed.filter(round=round_, choice=Choice.MODIFY).values_list("option_key", "option")
    )
    if round_.option is not None:
        options.setdefault(round_.option_key, round_.option)
    return [Option(key, options.get(key), count) for key, count in counts.most_common()]


def ballots_of(round_: Round, viewer: User, now: datetime, *, standing: str = READER) -> list[Shown]:
    """The ballots that somebody may see: before closing their own, afterwards what the panel's rules say.

    `standing` is how near to the case the caller knows the viewer to be: APPLICANT, whatever else they are,
    or READER; who sits on the panel or runs it is found out here. In an order that says nothing of when they
    were cast. What did not count (the voter recused before closing), and everything of a round that was
    abandoned, is seen by whoever cast it only. At most five queries.
    """
    if standing != APPLICANT:
        standing = PANEL if _belongs(round_.panel, viewer, now) else READER
    counted: set[str] = set()
    if _is_counted(round_) and _reaches(round_.panel, "votes_shown_to", standing):
        counted = set((round_.outcome or {})["counted"])
    names = _reaches(round_.panel, "names_shown", standing)
    rows = Ballot.sealed.filter(Q(seat__ulid__in=counted) | Q(seat__user=viewer), round=round_)
    return [
        _shown(row, viewer, names=names) for row in sorted(rows.select_related("seat__user"), key=_shuffled)
    ]


def _belongs(panel: Panel, viewer: User, now: datetime) -> bool:
    """Whether somebody sits or sat on the panel, or runs it: who presides, the secretary, the office. Who
    recused from it has no part in it any more, whatever else they are.
    """
    State = PanelSeat.State
    seat = panel.seats.filter(user=viewer).first()
    if seat is not None and seat.state != State.RESERVE:
        return seat.state in (State.ACCEPTED, State.LEFT, State.REPLACED)
    secretary = panel.committee.seats.filter(in_force(now), user=viewer, role=Role.SECRETARY)
    return panel.chair_id == viewer.pk or secretary.exists() or is_office(viewer, now)


def _is_counted(round_: Round) -> bool:
    return round_.closed_at is not None and round_.closed_because != Round.Why.ABANDONED


def _reaches(panel: Panel, rule: str, standing: str) -> bool:
    return _REACH.get(panel.rules[rule], 0) >= _NEARNESS[standing]


def _shuffled(row: Ballot) -> str:
    """An order by nothing that anybody knows: identifiers alone would tell who voted first."""
    return hashlib.sha256(f"{row.round_id}:{row.ulid}".encode()).hexdigest()


def _shown(row: Ballot, viewer: User, *, names: bool) -> Shown:
    mine = row.seat.user_id == viewer.pk
    return Shown(
        choice=row.choice,
        option_key={Choice.REJECT: REJECT, Choice.ABSTAIN: ""}.get(Choice(row.choice), row.option_key),
        option=row.option,
        reason=row.reason,
        name=row.seat.user.display_name if names or mine else "",
        mine=mine,
    )


__all__ = [
    "APPLICANT",
    "NOBODY",
    "PANEL",
    "READER",
    "Content",
    "Option",
    "Shown",
    "Turnout",
    "ballots_of",
    "key_of",
    "options_of",
    "put_in",
    "turnout",
    "voted",
    "votes_of",
]
