"""Eight people at once at one instrument on one day, booking, changing, cancelling, waiting, accepting and
handing over as fast as they can: no two bookings overlap, what is held is what is booked, and nobody meets
anything but an answer.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.db.models import Sum

from apps.bookings.handing import lapse_hand_overs, offer_hand_over, offered_to, take_over
from apps.bookings.models import Booking, Waiting
from apps.bookings.moving import change_booking
from apps.bookings.operations import cancel_booking
from apps.bookings.waiting import accept_offer, decline_offer, leave_waiting, serve_all
from apps.core.errors import Refusal
from apps.funding.models import FundHold
from apps.people.models import User
from tests.factories.queueing import HOUR, Desk, certified, desk_at, student

SLOTS = 10  # half hours of one day
CLIENTS = 8
ACTS = 12


@dataclass
class Client(threading.Thread):
    """One person at one terminal, with a connection of their own."""

    desk: Desk
    user: User
    others: list[User]
    gate: threading.Barrier
    seed: int
    answers: Counter[str] = field(default_factory=Counter)
    accident: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__()
        self.dice = random.Random(self.seed)  # noqa: S311 - what happens, not a secret

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        acts = (self.book, self.book, self.change, self.cancel, self.wait, self.answer, self.give, self.take)
        try:
            self.gate.wait(timeout=30)
            for _number in range(ACTS):
                self._try(self.dice.choice(acts))
        except BaseException as accident:  # noqa: BLE001  # told by the test, whatever it is
            self.accident = accident
        finally:
            connection.close()

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
            self.answers[act.__name__] += 1
        except Refusal as refusal:
            self.answers[refusal.code] += 1

    def _period(self) -> tuple[float, float]:
        first = self.dice.randrange(SLOTS)
        return first / 2, (first + self.dice.randint(1, 3)) / 2

    def _mine(self) -> Booking | None:
        rows = Booking.objects.filter(user=self.user, state="confirmed")
        found = list(rows.select_related("instrument", "user", "hold", "fund"))
        return self.dice.choice(found) if found else None

    def book(self) -> None:
        self.desk.book(self.user, *self._period())

    def change(self) -> None:
        if (mine := self._mine()) is not None:
            first, last = self._period()
            change_booking(
                booking=mine,
                start=self.desk.start + first * HOUR,
                end=self.desk.start + last * HOUR,
                by=self.user,
                now=self.desk.now,
            )

    def cancel(self) -> None:
        if (mine := self._mine()) is not None:
            cancel_booking(booking=mine, by=self.user, now=self.desk.now)

    def wait(self) -> None:
        first, last = self._period()
        self.desk.join(self.user, first, last, 0.5)

    def answer(self) -> None:
        serve_all(now=self.desk.now)
        rows = Waiting.objects.filter(user=self.user, state__in=Waiting.OPEN)
        for row in rows.select_related("instrument", "user", "fund")[:1]:
            act = self.dice.choice((accept_offer, accept_offer, decline_offer, leave_waiting))
            act(waiting=row, by=self.user, now=self.desk.now)

    def give(self) -> None:
        if (mine := self._mine()) is not None:
            to = self.dice.choice(self.others)
            offer_hand_over(booking=mine, to=to, by=self.user, now=self.desk.now)

    def take(self) -> None:
        for row in offered_to(self.user, self.desk.now)[:1]:
            take_over(hand_over=row, by=self.user, fund=self.desk.fund, now=self.desk.now)
        lapse_hand_overs(now=self.desk.now)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_eight_people_at_once_never_overlap_and_hold_what_they_booked(now: datetime, seed: int) -> None:
    desk = desk_at(now)
    certified(desk.they, desk.they.bob, now)
    more = [student(desk.they, f"s{number}", now) for number in range(CLIENTS - 2)]
    users = [desk.they.alice, desk.they.bob, *more]
    gate = threading.Barrier(CLIENTS)
    clients = [
        Client(desk, user, [one for one in users if one != user], gate, seed * 100 + number)
        for number, user in enumerate(users)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert [client.accident for client in clients] == [None] * CLIENTS
    done: Counter[str] = sum((client.answers for client in clients), Counter())
    assert done.total() == CLIENTS * ACTS
    assert done["book"] > 0
    assert done["bookings.overlap"] > 0
    _nothing_overlaps()
    _held_is_booked(desk)
    _each_stands_once()


def _nothing_overlaps() -> None:
    live = list(Booking.objects.filter(state__in=Booking.LIVE).order_by("start").values_list("start", "end"))
    assert all(end <= start for (_first, end), (start, _last) in pairwise(live))


def _held_is_booked(desk: Desk) -> None:
    confirmed = Booking.objects.filter(state=Booking.State.CONFIRMED)
    booked = confirmed.aggregate(sum=Sum("estimated_fen"))["sum"] or 0
    held = FundHold.objects.filter(released_at__isnull=True)
    assert sum(held.values_list("amount_fen", flat=True)) == booked
    assert sorted(held.values_list("booking", flat=True)) == sorted(confirmed.values_list("pk", flat=True))
    desk.fund.refresh_from_db()
    assert desk.fund.held_fen == booked


def _each_stands_once() -> None:
    """An offer for exactly those to whom time is offered, and no more successors than changes."""
    offers = Booking.objects.filter(state=Booking.State.REQUESTED).values_list("waiting", flat=True)
    offered = Waiting.objects.filter(state=Waiting.State.OFFERED).values_list("pk", flat=True)
    assert sorted(offers) == sorted(offered)
    moved = Booking.objects.filter(moved_at__isnull=False).values_list("pk", flat=True)
    successors = list(Booking.objects.filter(replaces__isnull=False).values_list("replaces", flat=True))
    assert len(successors) == len(set(successors))
    assert set(successors) == set(moved)


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_on_one_slot_are_one_booking(now: datetime) -> None:
    desk = desk_at(now)
    ends: list[str] = []
    gate = threading.Barrier(CLIENTS)

    def click() -> None:
        try:
            gate.wait(timeout=30)
            desk.book(desk.they.alice, 0, 1)
            ends.append("done")
        except Refusal as refusal:
            ends.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(ends) == ["bookings.overlap"] * (CLIENTS - 1) + ["done"]
    assert Booking.objects.get().end - Booking.objects.get().start == timedelta(hours=1)
