"""The arithmetic of votes: what a round has come to, and whether that can still change. Pure.

In a first round a share of the votes cast (`first_majority`, at least) must be for one and the same option:
the submitted price, one and the same changed price, or refusal; different changed prices do not add up. In a
second round one concrete price is put to the vote: more than `second_majority` for it or against it; neither
is a tie, which is the chair's. Votes count only when `quorum` of the seats have cast one. An abstention is a
vote cast; it is for no option, and `abstentions_count` says whether it stands in the number that majorities
are taken of.

(processes.md 3 of the product's specification; the numbers are parameters, frozen with each panel.)
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

SUBMITTED = "submitted"  # the key of what was submitted, unchanged
REJECT = "reject"
RESERVED = frozenset({SUBMITTED, REJECT})
FIRST, SECOND = 1, 2
_HALF = Fraction(1, 2)


class Choice(StrEnum):
    """How a member votes. To modify is to approve with something else than what was submitted."""

    APPROVE = "approve"
    MODIFY = "modify"
    REJECT = "reject"
    ABSTAIN = "abstain"


class Result(StrEnum):
    """What a round comes to."""

    APPROVED = "approved"
    MODIFIED = "modified"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"  # of a first round: there is a second one
    TIE = "tie"  # of a second round: the chair decides
    NO_QUORUM = "no_quorum"  # the chair decides among those present
    ABANDONED = "abandoned"  # the case ended under it: nothing was counted


class Tie(StrEnum):
    """Who breaks a tie."""

    CHAIR = "chair"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True)
class TallyRules:
    """The numbers of the counting. Raises ValueError when two options could win at once, or none ever."""

    quorum: Fraction = Fraction(2, 3)
    first_majority: Fraction = Fraction(2, 3)
    second_majority: Fraction = Fraction(1, 2)
    abstentions_count: bool = True
    tie: Tie = Tie.CHAIR
    early_close: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.quorum <= 1:
            raise ValueError("a quorum is a share of the seats above nothing")
        if not _HALF < self.first_majority <= 1:
            raise ValueError("a first round is won by more than half of the votes")
        if not _HALF <= self.second_majority < 1:
            raise ValueError("a second round is won by more than half of the votes")

    def to_json(self) -> dict[str, Any]:
        """The rules as plain data, fractions as texts."""
        found = asdict(self)
        return {name: str(value) if isinstance(value, Fraction) else value for name, value in found.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "TallyRules":
        """The inverse; members of no concern are left alone. Raises ValueError."""
        return cls(
            quorum=Fraction(data["quorum"]),
            first_majority=Fraction(data["first_majority"]),
            second_majority=Fraction(data["second_majority"]),
            abstentions_count=bool(data["abstentions_count"]),
            tie=Tie(data["tie"]),
            early_close=bool(data["early_close"]),
        )


@dataclass(frozen=True, repr=False)
class Vote:
    """One ballot, as far as it is counted. It never prints what it holds."""

    choice: str
    option_key: str = ""

    def __repr__(self) -> str:
        return "Vote(…)"

    @property
    def option(self) -> str:
        """The key that it counts for; nothing for an abstention."""
        if self.choice == Choice.ABSTAIN:
            return ""
        return REJECT if self.choice == Choice.REJECT else self.option_key


@dataclass(frozen=True)
class Figures:
    """The round in numbers. `options`: the keys voted for with their votes, the most first. `needed`: votes
    that an option needs of those cast by now.
    """

    size: int
    cast: int
    approve: int
    modify: int
    reject: int
    abstain: int
    options: tuple[tuple[str, int], ...]
    quorum_needed: int
    needed: int

    @property
    def missing(self) -> int:
        """Seats without a ballot."""
        return self.size - self.cast


@dataclass(frozen=True)
class Outcome:
    """What a round has come to; only when `decided` is it more than a look at the present."""

    decided: bool
    result: Result
    option_key: str
    figures: Figures

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain data."""
        figures = asdict(self.figures) | {"options": [list(pair) for pair in self.figures.options]}
        return {"result": str(self.result), "option_key": self.option_key, "figures": figures}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Outcome":
        """The inverse, of an outcome that was decided."""
        found = dict(data["figures"])
        found["options"] = tuple((key, count) for key, count in found["options"])
        return cls(
            decided=True,
            result=Result(data["result"]),
            option_key=data["option_key"],
            figures=Figures(**found),
        )


def outcome(votes: Sequence[Vote], size: int, rules: TallyRules, round_no: int, *, closed: bool) -> Outcome:
    """What the votes of a round with so many seats come to: finally, when it is closed or can no longer
    change.
    """
    counted = _Count.of(votes, size, rules, round_no)
    result, key = counted.verdict()
    done = closed or counted.is_settled(size - len(votes))
    return Outcome(done, result, key, _figures(votes, counted))


def settled(
    votes: Sequence[Vote], waiting: int, rules: TallyRules, round_no: int, *, vacant: int = 0
) -> bool:
    """Whether the outcome can no longer change, whatever those who have not voted do, doing nothing
    included. `vacant` seats have nobody to vote, but count for the quorum; while it is missed nothing is
    settled, because somebody may still be called in.
    """
    return _Count.of(votes, len(votes) + waiting + vacant, rules, round_no).is_settled(waiting)


def abandoned(votes: Sequence[Vote], size: int, rules: TallyRules, round_no: int) -> Outcome:
    """The end of a round whose case ended under it. Nothing of how people voted stands in it."""
    counted = _Count.of((), size, rules, round_no)
    figures = _figures((), counted)
    return Outcome(
        decided=True, result=Result.ABANDONED, option_key="", figures=replace(figures, cast=len(votes))
    )


@dataclass(frozen=True)
class _Count:
    """Votes by option, and the rules that they are held against."""

    votes: Counter[str]
    cast: int
    abstain: int
    size: int
    rules: TallyRules
    round_no: int

    @classmethod
    def of(cls, votes: Sequence[Vote], size: int, rules: TallyRules, round_no: int) -> "_Count":
        if len(votes) > size:
            raise ValueError("more votes than seats")
        options = Counter(vote.option for vote in votes)
        return cls(options, len(votes), options.pop("", 0), size, rules, round_no)

    @property
    def base(self) -> int:
        """The votes that a majority is taken of."""
        return self.cast if self.rules.abstentions_count else self.cast - self.abstain

    @property
    def quorum_needed(self) -> int:
        return max(1, math.ceil(self.rules.quorum * self.size))

    @property
    def needed(self) -> int:
        """The fewest votes that win now."""
        if self.round_no == FIRST:
            return max(1, math.ceil(self.rules.first_majority * self.base))
        return math.floor(self.rules.second_majority * self.base) + 1

    def wins(self, count: int, base: int) -> bool:
        """Whether so many votes of so many win."""
        if self.round_no == FIRST:
            return count > 0 and count >= self.rules.first_majority * base
        return count > self.rules.second_majority * base

    def verdict(self) -> tuple[Result, str]:
        """The outcome if nobody else votes."""
        if self.cast < self.quorum_needed:
            return Result.NO_QUORUM, ""
        won = next((key for key, count in self.votes.items() if self.wins(count, self.base)), None)
        if won is None and (self.round_no == FIRST or self.rules.tie == Tie.CHAIR):
            return (Result.INCONCLUSIVE if self.round_no == FIRST else Result.TIE), ""
        if won in (None, REJECT):
            return Result.REJECTED, REJECT
        return (Result.APPROVED if won == SUBMITTED else Result.MODIFIED), str(won)

    def is_settled(self, waiting: int) -> bool:
        """Whether the verdict stands whatever `waiting` more seats do."""
        if self.cast < self.quorum_needed:
            return False  # they may all stay away, or all come
        if waiting == 0 or not self.rules.early_close:
            return waiting == 0
        most = self.base + waiting
        if any(self.wins(count, most) for count in self.votes.values()):
            return True
        return not any(self.wins(count + waiting, most) for count in self._contenders())

    def _contenders(self) -> list[int]:
        """Votes of everything that may still win and would then make a difference. In a first round somebody
        may name what nobody has named yet.
        """
        if self.round_no == FIRST:
            return [*self.votes.values(), 0]
        approve = sum(count for key, count in self.votes.items() if key != REJECT)
        return [approve] if self.rules.tie == Tie.REJECT else [approve, self.votes[REJECT]]


def _figures(votes: Sequence[Vote], counted: _Count) -> Figures:
    choices = Counter(str(vote.choice) for vote in votes)
    return Figures(
        size=counted.size,
        cast=counted.cast,
        approve=choices[Choice.APPROVE],
        modify=choices[Choice.MODIFY],
        reject=choices[Choice.REJECT],
        abstain=choices[Choice.ABSTAIN],
        options=tuple(sorted(counted.votes.items(), key=lambda pair: (-pair[1], pair[0]))),
        quorum_needed=counted.quorum_needed,
        needed=counted.needed,
    )
