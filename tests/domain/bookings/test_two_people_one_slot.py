"""Two people booking one slot, a thousand times over real connections: one winner each, never an overlap; and
the database refuses an overlap that goes past the operation.
"""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.bookings.models import Booking
from apps.bookings.operations import book
from apps.core.clock import school_time
from apps.core.errors import Refusal
from apps.core.ids import new_ulid
from apps.funding.models import FundAccount, FundHold
from apps.instruments.operations import change_instrument
from apps.people.models import User
from apps.training.operations import issue_certificate
from tests import people
from tests.factories.money import HOUR_FEN, funded, priced

HALF = timedelta(minutes=30)
DAY = timedelta(days=1)


def _slots(now: datetime, count: int) -> list[tuple[datetime, datetime]]:
    """So many half hours by daylight, one after another without a gap where the night does
    not part them.
    """
    morning = school_time(now + DAY).replace(hour=7, minute=0)
    starts = (morning + n * DAY + m * HALF for n in range(50) for m in range(30))
    return [(start, start + HALF) for start, _n in zip(starts, range(count), strict=False)]


class _Racer(threading.Thread):
    """One person at one terminal, trying every slot at the same moment as the other."""

    def __init__(
        self,
        they: people.People,
        user: User,
        fund: FundAccount | None,
        now: datetime,
        gate: threading.Barrier,
        slots: int,
    ) -> None:
        super().__init__()
        self.they, self.user, self.fund, self.now, self.gate = they, user, fund, now, gate
        self.slots = slots
        self.answers: list[str] = []
        self.accident: BaseException | None = None

    def run(self) -> None:
        try:
            for start, end in _slots(self.now, self.slots):
                self.gate.wait(timeout=60)
                self.answers.append(self._try(start, end))
        except BaseException as accident:  # noqa: BLE001  # told by the test, whatever it is
            self.accident = accident
            self.gate.abort()
        finally:
            connection.close()

    def _try(self, start: datetime, end: datetime) -> str:
        try:
            book(
                user=self.user,
                instrument=self.they.sem,
                start=start,
                end=end,
                fund=self.fund,
                by=self.user,
                now=self.now,
            )
        except Refusal as refusal:
            return refusal.code
        return "booked"


@pytest.fixture
def both(now: datetime) -> people.People:
    """Alice and Bob, who may both use the FE-SEM A."""
    they = people.gather(now)
    issue_certificate(
        user=they.bob,
        instrument=they.sem,
        level="basic",
        valid_from=now,
        valid_until=now + 365 * DAY,
        issued_by=they.teng,
        source_case="training:bob",
        now=now,
    )
    return they


def _race(they: people.People, fund: FundAccount | None, now: datetime, slots: int) -> None:
    """Alice and Bob try each slot at the same moment: one of them gets it, the other hears that
    it is taken.
    """
    gate = threading.Barrier(2)
    racers = [_Racer(they, user, fund, now, gate, slots) for user in (they.alice, they.bob)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert [racer.accident for racer in racers] == [None, None]
    outcomes = Counter(tuple(sorted(pair)) for pair in zip(*(r.answers for r in racers), strict=True))
    assert outcomes == {("booked", "bookings.overlap"): slots}
    assert Booking.objects.count() == slots
    assert _overlaps() == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_want_one_slot_exactly_one_gets_it_a_thousand_times(
    both: people.People, now: datetime
) -> None:
    # Free of charge: money is the next test's, and half of the questions of a booking are about it.
    change_instrument(instrument=both.sem, by=both.office, now=now, use_charged=False)
    _race(both, None, now, 1000)


@pytest.mark.django_db(transaction=True)
def test_only_the_winner_of_a_slot_has_money_held(both: people.People, now: datetime) -> None:
    priced(both.sem, now)
    fund = funded(both.group, now, amount_fen=1_000_000_00)
    _race(both, fund, now, 50)
    fund.refresh_from_db()
    holds = FundHold.objects.values_list("amount_fen", flat=True)
    assert len(holds) == 50
    assert fund.held_fen == sum(holds) == 50 * HOUR_FEN["internal"] // 2


def _overlaps() -> int:
    """Pairs of live bookings of one instrument that meet, counted in plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM bookings_booking a JOIN bookings_booking b ON a.id < b.id "
            "AND a.instrument_id = b.instrument_id AND a.state <> 'cancelled' AND b.state <> 'cancelled' "
            'AND a."start" < b."end" AND b."start" < a."end"'
        )
        return int(cursor.fetchone()[0])


def _insert(they: people.People, start: datetime, end: datetime, state: str, now: datetime) -> None:
    """A row written past every operation."""
    moment = connection.ops.adapt_datetimefield_value  # text on SQLite, a moment on PostgreSQL
    row: dict[str, Any] = {
        "ulid": new_ulid(),
        "instrument_id": they.sem.pk,
        "user_id": they.bob.pk,
        "start": moment(start),
        "end": moment(end),
        "state": state,
        "purpose": "use",
        "estimated_fen": 0,
        "requested_at": moment(now),
        "cancelled_at": moment(now) if state == "cancelled" else None,
        "cancel_reason": "",
        "route": "",
        "at_risk": "[]",
        "source_case": "",
    }
    columns = ", ".join(f'"{column}"' for column in row)
    marks = ", ".join(["%s"] * len(row))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO bookings_booking ({columns}) VALUES ({marks})", list(row.values()))  # noqa: S608


@pytest.mark.django_db
@pytest.mark.parametrize("first", [-1, 0, 1, 2, 3])
def test_the_database_refuses_an_overlap_written_in_plain_sql(now: datetime, first: int) -> None:
    they = people.gather(now)
    hour = timedelta(hours=1)
    _insert(they, now, now + 3 * hour, "confirmed", now)
    start = now + first * hour
    _insert(they, start, start + hour, "cancelled", now)
    if not 0 <= first < 3:
        _insert(they, start, start + hour, "confirmed", now)
        return
    with pytest.raises(IntegrityError, match="bookings_overlap"):
        _insert(they, start, start + hour, "requested", now)


@pytest.mark.django_db
def test_the_database_refuses_to_move_or_revive_a_booking_onto_another(now: datetime) -> None:
    they = people.gather(now)
    hour = timedelta(hours=1)
    _insert(they, now, now + hour, "confirmed", now)
    _insert(they, now, now + hour, "cancelled", now)
    _insert(they, now + hour, now + 2 * hour, "confirmed", now)
    with pytest.raises(IntegrityError, match="bookings_overlap"), transaction.atomic():
        Booking.objects.filter(state="cancelled").update(state="confirmed", cancelled_at=None)
    with pytest.raises(IntegrityError, match="bookings_overlap"), transaction.atomic():
        Booking.objects.filter(start=now + hour).update(start=now + hour / 2)
    assert _overlaps() == 0
