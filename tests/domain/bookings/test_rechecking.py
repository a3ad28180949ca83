"""Bookings that later changes touch: what speaks against them is kept, told, and taken back when mended."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from apps.bookings import rechecking
from apps.bookings.arranging import set_terms, set_windows
from apps.bookings.models import Booking
from apps.bookings.operations import cancel_booking
from apps.bookings.rechecking import look_at_risk, recheck
from apps.core.clock import school_time
from apps.core.outbox import WORKER, relay
from apps.decisions.models import DecisionRecord
from apps.fees.operations import ItemDraft, approve_version, end_version
from apps.funding.operations import freeze_fund, unfreeze_fund
from apps.instruments.operations import end_outage, retire_instrument, start_outage
from apps.people.models import User
from apps.people.operations import reinstate_user, suspend_user
from apps.people.posts import appoint_post
from apps.training.models import SafetyClearance
from apps.training.operations import (
    reinstate_certificate,
    revoke_safety_clearance,
    suspend_certificate,
)
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.facts import told
from tests.factories.money import HOUR_FEN, funded, priced

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(now: datetime, db: None) -> Desk:
    they = people.gather_with_rules(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    found = Desk(they, funded(they.group, before, amount_fen=1_000_000_00), now)
    _hear(found)
    return found


def _hear(desk: Desk, later: timedelta = timedelta(0)) -> None:
    while relay(channel=WORKER, now=desk.now + later, limit=1000):
        pass


def _booked(desk: Desk, days: int = 2, **changes: Any) -> Booking:
    start = school_time(desk.now + days * DAY).replace(hour=10, minute=0)
    made = desk.book(start=start, end=start + 2 * HOUR, **changes)
    _hear(desk)
    return made


def _codes(booking: Booking) -> list[str]:
    booking.refresh_from_db()
    assert booking.is_at_risk == bool(booking.at_risk)
    return [one["code"] for one in booking.at_risk]


def _notices(user: User) -> list[str]:
    kinds = user.notices.filter(kind__startswith="bookings.").order_by("id")
    return list(kinds.values_list("kind", flat=True))


def test_an_outage_is_told_to_the_person_and_once_to_the_manager_and_taken_back(desk: Desk) -> None:
    first, second = _booked(desk), _booked(desk, 3)
    outage = start_outage(
        instrument=desk.they.sem,
        starts_at=desk.now + DAY,
        ends_at=desk.now + 5 * DAY,
        reason_zh="换枪",
        by=desk.they.teng,
        now=desk.now,
    )
    _hear(desk)
    assert _codes(first) == _codes(second) == ["bookings.outage"]
    assert _notices(desk.they.alice) == ["bookings.at_risk"] * 2
    assert _notices(desk.they.teng) == ["bookings.to_mend"]
    notice = desk.they.alice.notices.filter(kind="bookings.at_risk").first()
    assert notice is not None
    assert notice.url == reverse("booking_detail", args=[first.ulid])
    assert notice.args["menders"] == {"zh": "这台仪器的管理员", "en": "The manager of this instrument"}
    assert notice.args["reasons"]["zh"] == "该时段仪器停机"
    assert DecisionRecord.objects.filter(asked_by="recheck", outcome="deny").count() == 2
    end_outage(outage=outage, by=desk.they.teng, now=desk.now + HOUR)
    _hear(desk, HOUR)
    assert _codes(first) == _codes(second) == []
    assert _notices(desk.they.alice)[2:] == ["bookings.mended"] * 2
    assert first.state == Booking.State.CONFIRMED


def test_looking_twice_is_looking_once(desk: Desk) -> None:
    booking = _booked(desk)
    suspend_certificate(certificate=desk.they.certificate, reason="damage", by=desk.they.teng, now=desk.now)
    for _ in range(3):
        recheck(booking=booking, now=desk.now)
    _hear(desk)
    assert _codes(booking) == ["bookings.no_certificate"]
    assert len(told("bookings.at_risk")) == 1
    assert _notices(desk.they.alice).count("bookings.at_risk") == 1


def test_a_second_cause_is_told_by_itself_and_the_rest_stays(desk: Desk) -> None:
    they = desk.they
    appoint_post(user=they.olga, unit=they.lab, kind="safety_officer", by=they.office, now=desk.now)
    booking = _booked(desk)
    suspend_certificate(certificate=desk.they.certificate, reason="damage", by=desk.they.teng, now=desk.now)
    _hear(desk)
    revoke_safety_clearance(
        clearance=SafetyClearance.objects.get(user=desk.they.alice), reason="lapsed", by=None, now=desk.now
    )
    _hear(desk)
    assert _codes(booking) == ["bookings.no_safety", "bookings.no_certificate"]
    # Whoever can mend it hears of their own part only.
    assert _notices(they.teng) == _notices(they.olga) == ["bookings.to_mend"]
    assert [one["codes"] for one in told("bookings.at_risk")] == [
        ["bookings.no_certificate"],
        ["bookings.no_safety"],
    ]
    reinstate_certificate(certificate=desk.they.certificate, by=desk.they.teng, now=desk.now + HOUR)
    _hear(desk, HOUR)
    assert _codes(booking) == ["bookings.no_safety"]
    assert not told("bookings.mended")


def test_a_frozen_fund_is_the_pis_to_mend_and_money_that_moves_is_no_news(desk: Desk) -> None:
    booking = _booked(desk)
    freeze_fund(fund=desk.fund, by=desk.they.office, now=desk.now, reason="audit")
    _hear(desk)
    assert _codes(booking) == ["funding.not_usable"]
    assert "bookings.to_mend" in _notices(desk.they.wang)
    unfreeze_fund(fund=desk.fund, by=desk.they.office, now=desk.now + HOUR, reason="in order")
    _hear(desk, HOUR)
    assert _codes(booking) == []


def test_a_fee_that_ends_and_a_retired_instrument(desk: Desk) -> None:
    booking = _booked(desk)
    version = booking.fee_version
    assert version is not None
    end_version(version=version, by=None, now=desk.now, reason="outdated")
    _hear(desk)
    assert _codes(booking) == ["fees.none"]
    retire_instrument(instrument=desk.they.sem, reason="sold", by=None, now=desk.now)
    _hear(desk)
    assert set(_codes(booking)) == {"bookings.not_open", "fees.none"}


def test_hours_and_terms_that_change_under_a_booking(desk: Desk) -> None:
    booking = _booked(desk)
    set_windows(
        owner=desk.they.sem.facility,
        week={"workday": [(18 * 60, 20 * 60)]},
        since=school_time(desk.now).date(),
        by=desk.they.office,
        now=desk.now,
    )
    _hear(desk)
    assert _codes(booking) == ["bookings.closed"]
    set_terms(owner=desk.they.sem, numbers={"max_minutes": 60}, by=desk.they.teng, now=desk.now + HOUR)
    _hear(desk, HOUR)
    assert _codes(booking) == ["bookings.too_long", "bookings.closed"]
    # What only counts when one books (steps, notice) is no risk.
    set_windows(
        owner=desk.they.sem.facility,
        week=None,
        since=date(2026, 11, 24),
        by=desk.they.office,
        now=desk.now + 2 * HOUR,
    )
    set_terms(
        owner=desk.they.sem, numbers={"notice_minutes": 20_000}, by=desk.they.teng, now=desk.now + 2 * HOUR
    )
    _hear(desk, 2 * HOUR)
    assert _codes(booking) == []


def test_another_price_in_force_at_the_start_is_told_before_the_use(desk: Desk) -> None:
    booking = _booked(desk, 5)
    version = booking.fee_version
    assert version is not None
    old = booking.estimated_fen
    later = desk.now + 3 * DAY
    approve_version(
        instrument=desk.they.sem,
        approval_no="QY-FEE-2027",
        items=[
            ItemDraft(
                code="HOUR",
                name_zh="自主上机",
                name_en="Self-operated use",
                service_mode="self",
                unit="hour",
                tier="internal",
                price_fen=2 * HOUR_FEN["internal"],
            )
        ],
        valid_from=later,
        source_case="fees:next",
        now=desk.now,
    )
    _hear(desk)
    booking.refresh_from_db()
    assert booking.expected_fen == 2 * old
    assert booking.estimated_fen == old
    notice = desk.they.alice.notices.get(kind="bookings.price_changed")
    assert (notice.args["before"], notice.args["fen"]) == (old, 2 * old)
    assert _codes(booking) == []


def test_time_alone_may_mend_and_the_sweep_finds_it(desk: Desk) -> None:
    booking = _booked(desk, 9)
    suspend_user(
        user=desk.they.alice,
        by=desk.they.office,
        now=desk.now,
        reason="smoke",
        valid_until=desk.now + 3 * DAY,
    )
    _hear(desk)
    assert _codes(booking) == ["bookings.suspended"]
    assert look_at_risk(now=desk.now + DAY) == 1
    assert _codes(booking) == ["bookings.suspended"]
    assert look_at_risk(now=desk.now + 4 * DAY) == 1
    assert _codes(booking) == []
    assert look_at_risk(now=desk.now + 4 * DAY) == 0


def test_what_has_begun_or_is_cancelled_is_left_alone(desk: Desk) -> None:
    booking, other = _booked(desk), _booked(desk, 3)
    cancel_booking(booking=other, by=None, now=desk.now)
    suspend_certificate(certificate=desk.they.certificate, reason="damage", by=desk.they.teng, now=desk.now)
    recheck(booking=other, now=desk.now)
    recheck(booking=booking, now=booking.start)
    assert _codes(booking) == _codes(other) == []


def test_many_bookings_are_looked_at_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rechecking, "BATCH", 2)
    made = [_booked(desk, days) for days in range(2, 7)]
    start_outage(
        instrument=desk.they.sem,
        starts_at=desk.now + DAY,
        ends_at=None,
        reason_zh="坏了",
        by=desk.they.teng,
        now=desk.now,
    )
    _hear(desk)
    assert [_codes(one) for one in made] == [["bookings.outage"]] * 5
    assert len(told("bookings.recheck")) == 2
    assert _notices(desk.they.teng) == ["bookings.to_mend"]


def test_who_is_reinstated_has_their_booking_back_in_order(desk: Desk) -> None:
    booking = _booked(desk, 9)
    suspend_user(
        user=desk.they.alice,
        by=desk.they.office,
        now=desk.now,
        reason="smoke",
        valid_until=desk.now + 3 * DAY,
    )
    _hear(desk)
    assert _codes(booking) == ["bookings.suspended"]
    reinstate_user(user=desk.they.alice, by=desk.they.office, now=desk.now + HOUR, reason="aired")
    _hear(desk, HOUR)
    assert _codes(booking) == []
