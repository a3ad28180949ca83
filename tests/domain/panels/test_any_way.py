"""Panels gone through at random: people accept, decline, recuse, vote, leave and are replaced, rounds are
extended, closed and ruled on, in whatever order it comes. What always holds is asked after every step.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import Refusal
from apps.panels import operations, queries
from apps.panels.counting import number_of, rules_of
from apps.panels.leaving import leave_panels
from apps.panels.models import Panel, PanelSeat, Round, Ruling
from apps.panels.models.rounds import Ballot
from apps.panels.tally import Outcome, Vote, outcome
from apps.people.models import User
from tests.factories.panels import DAY, OTHER, QUESTION, Board, formed, seat

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SEEDS = range(14)
STEPS = 45
State = PanelSeat.State
CHOICES = ("approve", "approve", "modify", "reject", "abstain")


class Way:
    """One panel, and everything that somebody may try to do to it, whether or not it is the moment."""

    def __init__(self, who: Board, now: datetime, seed: int) -> None:
        self.who, self.now = who, now
        self.dice = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self.panel = formed(who, now, size=self.dice.choice((3, 5)), subject=f"way:{seed}")
        self.slow = seed % 2 == 0
        self.done: Counter[str] = Counter()
        self.frozen: dict[int, Any] = {}

    def step(self) -> None:
        """Somebody tries something; a refusal is an answer and changes nothing."""
        act: Callable[[], object] = self.dice.choice(self.acts())
        try:
            act()
        except Refusal as refusal:
            self.done[refusal.code] += 1
        else:
            self.done[act.__name__] += 1
        self.laws()

    def acts(self) -> list[Callable[[], object]]:
        """Everything, what fits the moment more often."""
        states = Counter(self.panel.seats.values_list("state", flat=True))
        every: list[Callable[[], object]] = [self.answer, self.vote, self.recuse, self.leave, self.miss]
        every += [self.call, self.open, self.close, self.extend, self.rule, self.later]
        if queries.open_round_of(self.panel) is not None:
            slow = [self.vote, self.vote, self.later, self.close]
            return [*every, *(slow * 3 if self.slow else [self.vote] * 14)]
        if states[State.INVITED]:
            return [*every, *[self.answer] * 14]
        return [*every, *[self.open] * 8, *[self.rule] * 2]

    def somebody(self) -> User:
        return self.dice.choice([one.user for one in self.panel.seats.select_related("user")])

    def latest(self) -> Round:
        found = self.panel.rounds.order_by("-number").first()
        return found if found is not None else self.open()

    def answer(self) -> None:
        user = self.somebody()
        operations.answer_invitation(
            seat=seat(self.panel, user),
            answer=self.dice.choice((*["accept"] * 7, "decline")),
            familiarity=2,
            reason="r",
            by=user,
            now=self.now,
        )

    def vote(self) -> None:
        round_ = self.latest()
        choice = self.dice.choice(CHOICES)
        operations.cast_ballot(
            round_=round_,
            choice=choice,
            option=OTHER if choice == "modify" else None,
            reason="r",
            by=self.somebody(),
            now=self.now,
        )

    def recuse(self) -> None:
        if self.dice.random() < 0.25:
            operations.recuse(seat=seat(self.panel, self.somebody()), reason="r", by=None, now=self.now)

    def leave(self) -> None:
        if self.dice.random() < 0.2:
            leave_panels(user=self.somebody(), now=self.now, reason="left", committee=self.who.committee)

    def miss(self) -> None:
        if self.dice.random() < 0.3:
            operations.miss(seat=seat(self.panel, self.somebody()), by=None, now=self.now)

    def call(self) -> None:
        empty = list(self.panel.seats.filter(state__in=PanelSeat.EMPTY))
        if empty:
            gone = self.dice.choice(empty)
            outside = self.who.deputy if self.dice.random() < 0.3 else None
            operations.call_substitute(
                seat=gone, answer_by=self.now + DAY, by=None, now=self.now, user=outside
            )

    def open(self) -> Round:
        kind = "second" if self.panel.rounds.exists() and self.dice.random() < 0.8 else "first"
        return operations.open_round(
            panel=self.panel, question=QUESTION, due_at=self.now + 2 * DAY, by=None, now=self.now, kind=kind
        )

    def close(self) -> None:
        operations.close_round(round_=self.latest(), by=None, now=self.now)

    def extend(self) -> None:
        operations.extend_round(
            round_=self.latest(), due_at=self.now + 3 * DAY, reason="", by=None, now=self.now
        )

    def rule(self) -> None:
        result = self.dice.choice(("approved", "rejected"))
        operations.rule(round_=self.latest(), result=result, reason="r", by=self.who.chair, now=self.now)

    def later(self) -> None:
        self.now += timedelta(hours=self.dice.choice((1, 12, 50)))

    def laws(self) -> None:
        rounds = list(Round.objects.filter(panel=self.panel).select_related("panel"))
        assert sum(one.closed_at is None for one in rounds) <= 1
        for one in rounds:
            if one.closed_at is None:
                assert queries.ballots_of(one, self.who.secretary, self.now) == []
            else:
                self._closed(one)
        for held in self.panel.seats.all():
            assert (held.state == State.ACCEPTED) <= (held.familiarity is not None)

    def _closed(self, one: Round) -> None:
        """It stays as it was, and it came to what its counted ballots come to."""
        assert one.outcome is not None
        kept = self.frozen.setdefault(one.pk, (one.outcome, one.closed_at))
        assert kept == (one.outcome, one.closed_at)
        rows = Ballot.sealed.filter(round=one, seat__ulid__in=one.outcome["counted"])
        votes = [Vote(choice, key) for choice, key in rows.values_list("choice", "option_key")]
        read = Outcome.from_json(one.outcome)
        if one.closed_because == Round.Why.ABANDONED:
            assert (read.result, read.figures.options, votes) == ("abandoned", (), [])
            return
        assert read == outcome(votes, read.figures.size, rules_of(one.panel), number_of(one), closed=True)
        assert read.figures.size >= max(one.members, read.figures.cast)
        late = Ballot.sealed.filter(round=one, cast_at__gt=one.closed_at)
        assert not late.exists()


def test_whatever_comes_in_whatever_order(who: Board, now: datetime) -> None:
    everything: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    for seed in SEEDS:
        way = Way(who, now, seed)
        for _step in range(STEPS):
            way.step()
        everything += way.done
        endings += Counter(one.closed_because for one in way.panel.rounds.all())
        operations.end_panel(
            panel=Panel.objects.get(pk=way.panel.pk), because="withdrawn", by=None, now=way.now
        )
        way.laws()
    happened = {"answer", "vote", "recuse", "leave", "miss", "call", "open", "close", "extend", "later"}
    assert happened <= everything.keys()
    refusals = {"panels.cast_already", "panels.seat_moved", "panels.round_closed", "panels.too_late"}
    assert refusals <= everything.keys()
    assert {"settled", "deadline"} <= endings.keys()
    assert Ruling.objects.count() == everything["rule"]
