"""From rows to the arithmetic and back: which seats count in a round, whether it is settled, what it came to.

A ballot counts while its seat is accepted, or was left after voting; the ballot of somebody who recused does
not (docs/decisions/0016). The quorum is a share of those who sat when the round was opened, or of those who
sit now when they are more: a seat that fell empty counts for it until somebody fills it.
"""

from dataclasses import dataclass
from typing import Any

from apps.panels.ballots import options_of, voted, votes_of
from apps.panels.models import Panel, PanelSeat, Round, Ruling
from apps.panels.tally import FIRST, SECOND, Figures, Outcome, TallyRules, Vote, abandoned, outcome, settled

State = PanelSeat.State


@dataclass(frozen=True)
class Decided:
    """What a closed round came to, by its votes or by the word of whoever presided."""

    result: str
    option_key: str
    option: Any
    figures: Figures
    ruling: Ruling | None = None


@dataclass(frozen=True)
class Standing:
    """How a round stands now. `joining`: substitutes who were called and have not answered."""

    counting: tuple[PanelSeat, ...]
    votes: tuple[Vote, ...]
    waiting: int
    joining: int
    size: int

    @property
    def all_in(self) -> bool:
        """Whether nobody is left who could vote."""
        return self.waiting == 0 and self.joining == 0


def rules_of(panel: Panel) -> TallyRules:
    """The numbers of the counting that the panel was formed with."""
    return TallyRules.from_json(panel.rules)


def number_of(round_: Round) -> int:
    """Which of the two ways of counting holds."""
    return FIRST if round_.kind == Round.Kind.FIRST else SECOND


def standing_of(round_: Round) -> Standing:
    """How an open round stands. The caller holds the panel's lock. Three queries."""
    seats = list(round_.panel.seats.all())
    done = voted(round_)
    counting = tuple(seat for seat in seats if seat.pk in done and seat.state in (State.ACCEPTED, State.LEFT))
    waiting = sum(seat.state == State.ACCEPTED and seat.pk not in done for seat in seats)
    joining = sum(seat.state == State.INVITED for seat in seats)
    size = max(round_.members, len(counting) + waiting)
    return Standing(counting, tuple(votes_of(round_, counting)), waiting, joining, size)


def is_settled(round_: Round, standing: Standing) -> bool:
    """Whether the outcome can no longer change, whoever of those called in should come."""
    rules, number = rules_of(round_.panel), number_of(round_)
    cast = len(standing.votes)
    for joining in range(standing.joining + 1):
        waiting = standing.waiting + joining
        vacant = max(standing.size - cast - waiting, 0)
        if not settled(standing.votes, waiting, rules, number, vacant=vacant):
            return False
    return True


def counted(round_: Round, standing: Standing) -> dict[str, Any]:
    """The outcome of a round that is closed now, as it is kept."""
    rules, number = rules_of(round_.panel), number_of(round_)
    found = outcome(standing.votes, standing.size, rules, number, closed=True)
    return {**found.to_json(), "counted": sorted(seat.ulid for seat in standing.counting)}


def not_counted(round_: Round, standing: Standing) -> dict[str, Any]:
    """The outcome of a round that is abandoned now: how many came, and nothing else."""
    found = abandoned(standing.votes, standing.size, rules_of(round_.panel), number_of(round_))
    return {**found.to_json(), "counted": []}


def read(round_: Round) -> Outcome | None:
    """The outcome of a round, None while it is open."""
    return None if round_.outcome is None else Outcome.from_json(round_.outcome)


def result_of(round_: Round) -> Decided | None:
    """What a round came to in the end, with the ruling where there was one; None while it is open. At most
    two queries.
    """
    found = read(round_)
    if found is None:
        return None
    ruling = Ruling.objects.filter(round=round_).select_related("by").first()
    if ruling is not None:
        return Decided(ruling.result, ruling.option_key, ruling.option, found.figures, ruling)
    return Decided(str(found.result), found.option_key, _option(round_, found), found.figures)


def _option(round_: Round, found: Outcome) -> Any:
    if found.option_key == round_.option_key:
        return round_.option
    return next((one.option for one in options_of(round_) if one.key == found.option_key), None)
