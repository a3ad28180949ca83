"""Whatever people and clocks do, in any order: time is offered to exactly those to whom a plain reading of
the rules offers it (nobody eligible is skipped, nothing is offered twice), and what is held is what is
booked.
"""

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.bookings.arranging import set_terms
from apps.bookings.models import Booking, Waiting
from apps.bookings.moving import change_booking
from apps.bookings.offering import serve
from apps.bookings.operations import book, cancel_booking
from apps.bookings.waiting import accept_offer, decline_offer, join_waiting, leave_waiting
from apps.core.clock import school_time
from apps.core.errors import Refusal
from apps.funding.models import FundAccount, FundHold
from apps.people.models import User
from apps.people.operations import reinstate_user, suspend_user
from tests import people
from tests.factories.money import funded, priced
from tests.factories.queueing import DAY, certified, student

SLOT = timedelta(minutes=30)
SLOTS = 12  # from 8 to 14 o'clock of the next day
NOTICE, KEPT, LEAST = timedelta(minutes=30), timedelta(minutes=30), timedelta(minutes=10)
slots = st.integers(0, SLOTS - 1)
whom = st.integers(0, 3)


@dataclass
class Row:
    """Somebody in line, as a plain reading has it; slots are numbered from 8 o'clock."""

    who: int
    first: int
    last: int
    need: int
    state: str = "waiting"
    declined: list[tuple[int, int]] = field(default_factory=list)
    offer: tuple[int, int, datetime] | None = None


@dataclass
class Model:
    """The rules, written down once more as simply as possible: slot by slot."""

    opening: datetime
    rows: list[Row] = field(default_factory=list)
    taken: list[tuple[int, int, int]] = field(default_factory=list)  # first, last, who
    out: set[int] = field(default_factory=set)

    def is_free(self, first: int, last: int) -> bool:
        busy = [(a, b) for a, b, _who in self.taken]
        busy += [row.offer[:2] for row in self.rows if row.offer is not None]
        return all(last <= a or b <= first for a, b in busy)

    def serve(self, now: datetime) -> None:
        for row in self.rows:
            if row.offer is not None and row.offer[2] <= now:
                row.offer, row.state = None, "lapsed"
        for row in self.rows:
            if row.state != "waiting":
                continue
            starts = [
                start
                for start in range(row.first, row.last - row.need + 1)
                if self.opening + start * SLOT >= now + NOTICE + LEAST
            ]
            if not starts:
                row.state = "lapsed"
            elif row.who not in self.out:
                self._offer(row, starts, now)

    def _offer(self, row: Row, starts: list[int], now: datetime) -> None:
        for start in starts:
            end = start + row.need
            untouched = all(end <= a or b <= start for a, b in row.declined)
            if untouched and self.is_free(start, end):
                row.offer = (start, end, min(now + KEPT, self.opening + start * SLOT - NOTICE))
                row.state = "offered"
                return


class InLine(RuleBasedStateMachine):
    """Four people at one instrument on one morning."""

    users: ClassVar[list[User]]
    they: ClassVar[people.People]
    fund: ClassVar[FundAccount]
    begin: ClassVar[datetime]
    opening: ClassVar[datetime]

    def __init__(self) -> None:
        super().__init__()
        self.before = transaction.savepoint()
        self.now = self.begin
        self.model = Model(self.opening)
        self.kept: list[tuple[Row, Waiting]] = []
        self.moved = False

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.before)

    def at(self, slot: int) -> datetime:
        return self.opening + slot * SLOT

    @initialize()
    def a_crowded_morning(self) -> None:
        for first in range(0, SLOTS, 3):
            self.books(first // 3, first, 3)

    @rule(who=whom, first=slots, need=st.integers(1, 4))
    def books(self, who: int, first: int, need: int) -> None:
        last = first + need
        served = copy.deepcopy(self.model)
        served.serve(self.now)
        possible = served.is_free(first, last) and who not in served.out
        possible = possible and self.at(first) >= self.now + NOTICE
        try:
            book(
                user=self.users[who],
                instrument=self.they.sem,
                start=self.at(first),
                end=self.at(last),
                fund=self.fund,
                by=self.users[who],
                now=self.now,
            )
        except Refusal:
            assert not possible
            return
        assert possible
        if self._meets(first, last):
            self._adopt(served)
        self.model.taken.append((first, last, who))

    def _meets(self, first: int, last: int) -> bool:
        """Whether somebody waits for part of it: only then is the line served before."""
        return any(
            row.state in ("waiting", "offered") and row.first < last and first < row.last
            for row in self.model.rows
        )

    def _adopt(self, served: Model) -> None:
        for mine, theirs in zip(self.model.rows, served.rows, strict=True):
            mine.state, mine.offer = theirs.state, theirs.offer

    @rule(pick=st.integers(0, 30))
    @precondition(lambda self: self.model.taken)
    def cancels(self, pick: int) -> None:
        first, last, who = self.model.taken[pick % len(self.model.taken)]
        if self.at(last) <= self.now:
            return
        booking = Booking.objects.select_related("instrument", "user", "hold").get(
            instrument=self.they.sem, start=self.at(first), state=Booking.State.CONFIRMED
        )
        cancel_booking(booking=booking, by=None, now=self.now)  # by the person it would cost points
        self.model.taken.remove((first, last, who))

    @rule(pick=st.integers(0, 30), first=slots, need=st.integers(1, 4))
    @precondition(lambda self: self.model.taken)
    def moves(self, pick: int, first: int, need: int) -> None:
        """The crew moves somebody's booking: its own old time is in nobody's way."""
        old = self.model.taken[pick % len(self.model.taken)]
        last, who = first + need, old[2]
        served = copy.deepcopy(self.model)
        served.serve(self.now)
        served.taken.remove(old)
        possible = served.is_free(first, last) and who not in served.out and old[:2] != (first, last)
        possible = possible and self.at(first) >= self.now + NOTICE and self.at(old[0]) > self.now
        try:
            change_booking(
                booking=Booking.objects.get(start=self.at(old[0]), state=Booking.State.CONFIRMED),
                start=self.at(first),
                end=self.at(last),
                by=self.they.teng,  # the crew: by the person it would cost points
                now=self.now,
            )
        except Refusal:
            assert not possible
            return
        assert possible
        if self._meets(first, last):
            self._adopt(served)
        self.model.taken.remove(old)
        self.model.taken.append((first, last, who))

    @rule(who=whom, first=slots, need=st.integers(1, 3), more=st.integers(0, 5))
    def joins(self, who: int, first: int, need: int, more: int) -> None:
        row = Row(who, first, first + need + more, need)
        asked: dict[str, Any] = {
            "user": self.users[who],
            "instrument": self.they.sem,
            "earliest": self.at(row.first),
            "latest": self.at(row.last),
            "minutes": need * 30,
            "fund": self.fund,
            "by": self.users[who],
            "now": self.now,
        }
        trial = copy.deepcopy(self.model)
        trial.rows.append(copy.deepcopy(row))
        trial.serve(self.now)
        try:
            made = join_waiting(**asked)
        except Refusal:
            assert self._waits(row) or who in self.model.out or trial.rows[-1].state != "waiting"
            return
        assert trial.rows[-1].state == "waiting"
        self.model.rows.append(row)
        self._adopt(trial)
        self.kept.append((row, made))

    def _waits(self, row: Row) -> bool:
        return any(
            one.who == row.who
            and one.state in ("waiting", "offered")
            and one.first < row.last
            and row.first < one.last
            for one in self.model.rows
        )

    @rule(pick=st.integers(0, 30), answer=st.sampled_from(["accept", "accept", "decline", "leave"]))
    @precondition(lambda self: self.kept)
    def answers(self, pick: int, answer: str) -> None:
        offered = [pair for pair in self.kept if pair[0].offer is not None] or self.kept
        row, waiting = offered[pick % len(offered)]
        waiting = Waiting.objects.select_related("instrument", "user", "fund").get(pk=waiting.pk)
        getattr(self, f"_{answer}")(row, waiting)

    def _accept(self, row: Row, waiting: Waiting) -> None:
        offer = row.offer
        try:
            accept_offer(waiting=waiting, by=waiting.user, now=self.now)
        except Refusal:
            assert offer is None or offer[2] <= self.now or row.who in self.model.out
            if offer is not None and offer[2] <= self.now:
                self.model.serve(self.now)
            return
        assert offer is not None
        assert offer[2] > self.now
        row.offer, row.state = None, "taken"
        self.model.taken.append((offer[0], offer[1], row.who))

    def _decline(self, row: Row, waiting: Waiting) -> None:
        offer = row.offer
        try:
            decline_offer(waiting=waiting, by=waiting.user, now=self.now)
        except Refusal:
            assert offer is None
            return
        assert offer is not None
        row.declined.append(offer[:2])
        row.offer, row.state = None, "waiting"
        self.model.serve(self.now)

    def _leave(self, row: Row, waiting: Waiting) -> None:
        was_open, offered = row.state in ("waiting", "offered"), row.offer is not None
        try:
            leave_waiting(waiting=waiting, by=waiting.user, now=self.now)
        except Refusal:
            assert not was_open
            return
        assert was_open
        row.offer, row.state = None, "left"
        if offered:
            self.model.serve(self.now)

    @rule(who=whom)
    def comes_or_goes(self, who: int) -> None:
        user = self.users[who]
        if who in self.model.out:
            reinstate_user(user=user, reason="x", by=self.they.office, now=self.now)
        else:
            suspend_user(user=user, reason="x", by=self.they.office, now=self.now)
        self.model.out ^= {who}
        self.moved = True

    @rule(minutes=st.sampled_from([0, 0, 5, 29, 30, 31, 45]))
    def the_clock_comes_round(self, minutes: int) -> None:
        """The sweep, a fact that comes late or twice: all the same."""
        self.now += timedelta(minutes=minutes)
        self._serve(self.now)

    @rule(minutes=st.integers(1, 60))
    @precondition(lambda self: not self.moved)
    def a_clock_that_is_wrong_comes_round(self, minutes: int) -> None:
        """A machine whose clock is behind; who is suspended depends on it, so nobody was yet."""
        self._serve(self.now - timedelta(minutes=minutes))

    def _serve(self, now: datetime) -> None:
        serve(instrument=self.they.sem, now=now, book=book)
        self.model.serve(now)

    @invariant()
    def the_line_is_as_the_rules_say(self) -> None:
        rows = {row.pk: row for row in Waiting.objects.all()}
        offers = {
            offer.waiting_id: (offer.start, offer.end, offer.offered_until)
            for offer in Booking.objects.filter(state=Booking.State.REQUESTED)
        }
        for row, waiting in self.kept:
            assert rows[waiting.pk].state == row.state
            said = row.offer
            expected = (self.at(said[0]), self.at(said[1]), said[2]) if said else None
            assert offers.get(waiting.pk) == expected
        assert len(rows) == len(self.kept)

    @invariant()
    def what_is_held_is_what_is_booked(self) -> None:
        confirmed = Booking.objects.filter(state=Booking.State.CONFIRMED)
        assert sorted(confirmed.values_list("start", "end")) == sorted(
            (self.at(first), self.at(last)) for first, last, _who in self.model.taken
        )
        estimated = confirmed.aggregate(sum=Sum("estimated_fen"))["sum"] or 0
        held = FundHold.objects.filter(released_at__isnull=True).aggregate(sum=Sum("amount_fen"))["sum"]
        self.fund.refresh_from_db()
        assert (held or 0) == self.fund.held_fen == estimated


@pytest.mark.django_db
def test_the_line_never_skips_nor_doubles(now: datetime) -> None:
    they = people.gather_with_rules(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    certified(they, they.bob, now)
    set_terms(owner=they.sem, numbers={"grid_minutes": 30, "notice_minutes": 30}, by=they.teng, now=now)
    opening = school_time(now + DAY).replace(hour=8, minute=0)
    at_this_desk = type(
        "AtThisDesk",
        (InLine,),
        {
            "they": they,
            "users": [they.alice, they.bob, student(they, "carla", now), student(they, "dora", now)],
            "fund": funded(they.group, before, amount_fen=100_000_00),
            "begin": opening - timedelta(hours=2),
            "opening": opening,
        },
    )
    run_state_machine_as_test(
        at_this_desk,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
