"""A booking on a sister instrument: which are offered, at what price, and that the change keeps the old one
until the new one stands.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.bookings.alternatives import alternatives, sisters
from apps.bookings.arranging import set_quota, set_terms
from apps.bookings.foreseeing import foresee
from apps.bookings.models import Booking
from apps.bookings.moving import change_booking, settle_change
from apps.bookings.requested import confirm_requested
from apps.bookings.verdict import verdict_on
from apps.core.errors import WrongState
from apps.fees.operations import ItemDraft, approve_version
from apps.funding.models import FundHold
from apps.instruments.models import Facility, Instrument
from apps.instruments.operations import start_outage
from apps.people.models import User
from apps.training.operations import issue_certificate
from tests.factories.facts import told
from tests.factories.instruments import sister
from tests.factories.money import HOUR_FEN, funded
from tests.factories.queueing import DAY, HOUR, Desk, desk_at
from tests.factories.refusals import refused
from tests.people import cleared

pytestmark = pytest.mark.django_db
DEAR = HOUR_FEN["internal"] + 5000


@pytest.fixture
def desk(now: datetime) -> Desk:
    return desk_at(now)


def certify(desk: Desk, instrument: Instrument, user: User | None = None) -> None:
    user = user or desk.they.alice
    issue_certificate(
        user=user,
        instrument=instrument,
        level="basic",
        valid_from=desk.now - DAY,
        valid_until=desk.now + 365 * DAY,
        issued_by=None,
        source_case=f"training:{user.username}:{instrument.asset_no}",
        now=desk.now,
    )


def other(desk: Desk, number: str, fen: int | None = DEAR, **fields: Any) -> Instrument:
    """A sister for which Alice is certified, with a price of its own."""
    made = sister(desk.they.sem, number, desk.now - 30 * DAY, **fields)
    certify(desk, made)
    if fen is not None:
        approve_version(
            instrument=made,
            approval_no=f"QY-{number}",
            items=[
                ItemDraft(
                    code="HOUR",
                    name_zh="自主上机",
                    name_en="Self-operated use",
                    service_mode="self",
                    unit="hour",
                    tier="internal",
                    price_fen=fen,
                )
            ],
            valid_from=desk.now - 30 * DAY,
            source_case=f"fees:{number}",
            now=desk.now - 30 * DAY,
        )
    return made


def test_free_sisters_are_offered_with_the_difference_of_the_price(desk: Desk) -> None:
    dear, cheap = other(desk, "QY900001"), other(desk, "QY900002", HOUR_FEN["internal"] - 1000)
    old = desk.book(desk.they.alice, 0, 2)
    found = alternatives(old, now=desk.now)
    assert [(one.instrument, one.fen, one.more_fen) for one in found.same_time] == [
        (dear, 2 * DEAR, 2 * 5000),
        (cheap, 2 * (HOUR_FEN["internal"] - 1000), -2000),
    ]
    assert {(one.start, one.end) for one in found.same_time} == {(old.start, old.end)}
    assert found.later == ()
    moved = alternatives(old, now=desk.now, start=old.start + HOUR, end=old.end + 2 * HOUR)
    assert [one.more_fen for one in moved.same_time] == [
        3 * DEAR - old.estimated_fen,
        3 * (HOUR_FEN["internal"] - 1000) - old.estimated_fen,
    ]


def test_what_is_taken_out_of_service_of_another_class_or_not_certified_is_not_offered(desk: Desk) -> None:
    taken, broken = other(desk, "QY900001"), other(desk, "QY900002")
    other(desk, "QY900003", class6="999999")
    sister(desk.they.sem, "QY900004", desk.now)
    there = Facility.objects.create(code="X", name_zh="另一平台", name_en="Another", lab=desk.they.lab)
    far, near = other(desk, "QY900005", facility=there), other(desk, "QY900006")
    certify(desk, taken, desk.they.bob)
    desk.book(desk.they.bob, 1, 3, instrument=taken)
    start_outage(
        instrument=broken,
        starts_at=desk.start,
        ends_at=desk.start + HOUR,
        reason_zh="换枪",
        by=None,
        now=desk.now,
    )
    old = desk.book(desk.they.alice, 0, 2)
    found = alternatives(old, now=desk.now)
    assert [one.instrument for one in found.same_time] == [near, far]  # the same facility first
    assert sisters(old, now=desk.now) == [desk.they.sem, taken, broken, far, near]


def test_where_none_is_free_then_the_next_times_are_told(desk: Desk) -> None:
    only = other(desk, "QY900001")
    certify(desk, only, desk.they.bob)
    desk.book(desk.they.bob, 0, 3, instrument=only)
    old = desk.book(desk.they.alice, 0, 2)
    found = alternatives(old, now=desk.now)
    assert found.same_time == ()
    assert [one.instrument for one in found.later][:1] == [only]
    assert found.later[0].start >= desk.start + 2 * HOUR


def test_what_the_crew_books_for_others_stays_where_it_is_and_nonsense_finds_nothing(desk: Desk) -> None:
    other(desk, "QY900001")
    cleared(desk.they.teng, desk.now, desk.now + 30 * DAY)
    course = desk.book(desk.they.teng, 0, 2, purpose="training", fund=None)
    assert sisters(course, now=desk.now) == [desk.they.sem]
    assert alternatives(course, now=desk.now).same_time == ()
    old = desk.book(desk.they.alice, 2, 4)
    nothing = (
        (old.end, old.start),
        (desk.now - HOUR, desk.now),
        (old.start, old.start + timedelta(minutes=1)),
    )
    for start, end in nothing:
        assert alternatives(old, now=desk.now, start=start, end=end).same_time == ()


def test_the_change_moves_time_money_and_both_calendars(desk: Desk) -> None:
    dear = other(desk, "QY900001")
    old = desk.book(desk.they.alice, 0, 2)
    made = change_booking(
        booking=old, instrument=dear, start=old.start, end=old.end, by=desk.they.alice, now=desk.now
    )
    assert (made.instrument, made.replaces, made.estimated_fen) == (dear, old, 2 * DEAR)
    assert [one.amount_fen for one in FundHold.objects.filter(released_at__isnull=True)] == [2 * DEAR]
    assert told("bookings.cancelled")[0]["instrument"] == desk.they.sem.ulid
    assert told("bookings.changed")[0]["instrument"] == dear.ulid
    certify(desk, desk.they.sem, desk.they.bob)
    assert desk.book(desk.they.bob, 0, 2).instrument == desk.they.sem


def test_where_the_sister_asks_first_the_old_one_stands_until_the_yes(desk: Desk) -> None:
    asking = other(desk, "QY900001")
    set_terms(owner=asking, numbers={}, route="manager", by=None, now=desk.now)
    old = desk.book(desk.they.alice, 0, 2)
    made = change_booking(
        booking=old, instrument=asking, start=old.start, end=old.end, by=desk.they.alice, now=desk.now
    )
    old.refresh_from_db()
    assert (made.state, old.state) == ("requested", "confirmed")
    confirm_requested(booking=made, by=None, now=desk.now + HOUR)
    made.refresh_from_db()
    settle_change(made=made, now=desk.now + HOUR)
    old.refresh_from_db()
    assert (made.state, old.state, old.moved_at) == ("confirmed", "cancelled", desk.now + HOUR)


def test_what_is_asked_before_agrees_with_what_the_change_meets(desk: Desk) -> None:
    """The old booking's time, hours and money are there for the new one, and no more than that."""
    they = desk.they
    poor = funded(they.group, desk.now, number="QY-F-2", amount_fen=2 * DEAR)
    dear = other(desk, "QY900001")
    set_quota(owner=they.sem.facility, group=None, period="month", hours=2, by=None, now=desk.now)
    old = desk.book(they.alice, 0, 2, fund=poor)
    period: dict[str, Any] = {"start": old.start, "end": old.end}
    asked: dict[str, Any] = {"user": they.alice, "now": desk.now, **period}
    for instrument in (they.sem, dear):
        alone = foresee(instrument=instrument, fund=poor, **asked)
        assert "bookings.quota" in [one.code for one in alone.refusals]
        assert "funding.insufficient" in [one.code for one in alone.refusals]
        assert foresee(instrument=instrument, fund=poor, instead_of=old, **asked).is_allowed
    moving = verdict_on(instrument=dear, moving=old, **asked)
    assert (moving.reasons, moving.fund) == ((), poor)
    longer = {**asked, "end": old.end + HOUR}
    found = foresee(instrument=dear, fund=poor, instead_of=old, **longer)
    assert [one.code for one in found.refusals] == ["bookings.quota", "funding.insufficient"]
    with refused(WrongState, "bookings.quota") as met:
        change_booking(
            booking=old, instrument=dear, start=old.start, end=old.end + HOUR, by=they.alice, now=desk.now
        )
    assert [one["code"] for one in met.details["also"]] == ["funding.insufficient"]
    made = change_booking(booking=old, instrument=dear, by=they.alice, now=desk.now, **period)
    assert made.state == Booking.State.CONFIRMED
