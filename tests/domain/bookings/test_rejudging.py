"""Hours of a group, points, debts and the companion of the night: asked when booking, looked at again when
they change, and told to whoever holds the office that mends them.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.bookings.arranging import set_quota
from apps.bookings.foreseeing import foresee
from apps.bookings.models import Booking, PointEntry
from apps.bookings.operations import cancel_booking
from apps.bookings.points import appeal, decide_appeal, give_points
from apps.bookings.rechecking import look_at_all, look_at_risk
from apps.bookings.risktelling import tell_risk
from apps.core.clock import school_time
from apps.core.errors import WrongState
from apps.core.models import ParameterValue
from apps.core.outbox import WORKER, relay
from apps.decisions.models import DecisionRecord
from apps.decisions.operations import add_version
from apps.funding.models import FundAccount
from apps.funding.operations import spend, top_up
from apps.funding.queries import available_fen, debts_of, means_of
from apps.instruments.operations import change_instrument
from apps.ledger.models import Account, Transaction
from apps.ledger.operations import ensure_account, reverse
from apps.people.lifecycle import end_user
from apps.people.models import User
from apps.people.operations import suspend_user
from apps.people.posts import appoint_post
from apps.training.models import SafetyClearance
from apps.training.nights import grant_night, request_night
from apps.training.operations import endorse_night, revoke_safety_clearance
from rules.points.booking_admission import DEFAULT, SecondPerson
from rules.rows import DENY, Cell, Row
from tests import people
from tests.domain.bookings.test_booking import Desk
from tests.factories.facts import told
from tests.factories.money import funded, priced
from tests.factories.refusals import refused

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def desk(now: datetime, db: None) -> Desk:
    they = people.gather_with_rules(now)
    before = now - 200 * DAY
    priced(they.sem, before)
    found = Desk(they, funded(they.group, before, amount_fen=1_000_000_00), now)
    _hear(found)
    return found


def _hear(desk: Desk, later: timedelta = timedelta(0)) -> None:
    while relay(channel=WORKER, now=desk.now + later, limit=1000):
        pass


def _monday(desk: Desk) -> datetime:
    """Ten o'clock of the Monday after next."""
    local = school_time(desk.now + 14 * DAY)
    return (local - local.weekday() * DAY).replace(hour=10, minute=0, second=0, microsecond=0)


def _booked(desk: Desk, days: int, hours: int = 2, **changes: Any) -> Booking:
    start = _monday(desk) + days * DAY
    return desk.book(start=start, end=start + hours * HOUR, **changes)


def _codes(booking: Booking) -> list[str]:
    booking.refresh_from_db()
    return [one["code"] for one in booking.at_risk]


def _mender(booking: Booking) -> list[str]:
    booking.refresh_from_db()
    return [one["mender"] for one in booking.at_risk]


def _heard(user: User, kind: str) -> int:
    return int(user.notices.filter(kind=kind).count())


def _spent(desk: Desk, fund: FundAccount, amount_fen: int, at: datetime, source: str) -> Transaction:
    income = ensure_account(code="income:x", kind=Account.Kind.INCOME, name_zh="收入", name_en="Income")
    return spend(
        fund=fund, user=desk.they.alice, amount_fen=amount_fen, to=income, source=source, memo="x", now=at
    )


# Hours of a group


def test_fewer_hours_are_told_to_whoever_booked_last_and_to_the_pi(desk: Desk) -> None:
    first, second, third = (_booked(desk, day, now=desk.now + day * HOUR) for day in (3, 1, 2))
    assert first.requested_at > third.requested_at > second.requested_at
    set_quota(
        owner=desk.they.sem, group=None, period="week", hours=4, by=desk.they.teng, now=desk.now + 4 * HOUR
    )
    _hear(desk, 4 * HOUR)
    assert (_codes(second), _codes(third), _codes(first)) == ([], [], ["bookings.quota"])
    assert _mender(first) == ["pi"]
    assert _heard(desk.they.alice, "bookings.at_risk") == 1
    assert _heard(desk.they.wang, "bookings.to_mend") == 1
    assert first.state == Booking.State.CONFIRMED
    # More hours again, or an earlier one given back, and it is in order.
    cancel_booking(booking=third, by=desk.they.alice, now=desk.now + 5 * HOUR)
    assert look_at_risk(now=desk.now + 5 * HOUR) == 1
    assert _codes(first) == []


def test_a_quota_of_a_facility_looks_at_all_its_instruments_and_its_end_mends(desk: Desk) -> None:
    booking = _booked(desk, 1, 3)
    facility = desk.they.sem.facility
    set_quota(
        owner=facility, group=desk.they.group, period="week", hours=2, by=desk.they.office, now=desk.now
    )
    _hear(desk)
    assert _codes(booking) == ["bookings.quota"]
    later = desk.now + HOUR
    set_quota(
        owner=facility, group=desk.they.group, period="week", hours=None, by=desk.they.office, now=later
    )
    _hear(desk, HOUR)
    assert _codes(booking) == []
    assert _heard(desk.they.alice, "bookings.mended") == 1


def test_a_share_that_became_smaller_is_mended_by_the_coming_of_the_day(desk: Desk) -> None:
    booking = _booked(desk, 1, 3)
    set_quota(
        owner=desk.they.sem,
        group=None,
        period="week",
        hours=2,
        beyond_hours=24,
        by=desk.they.teng,
        now=desk.now,
    )
    _hear(desk)
    assert _codes(booking) == ["bookings.fair_share"]
    assert look_at_risk(now=booking.start - 25 * HOUR) == 1
    assert _codes(booking) == ["bookings.fair_share"]
    look_at_risk(now=booking.start - 24 * HOUR)
    assert _codes(booking) == []


def test_it_counts_for_the_group_of_then(desk: Desk) -> None:
    booking = _booked(desk, 1, 3)
    Booking.objects.filter(pk=booking.pk).update(group=None)  # made before hours were counted
    set_quota(owner=desk.they.sem, group=None, period="week", hours=1, by=desk.they.teng, now=desk.now)
    _hear(desk)
    assert _codes(booking) == []


# Points


def test_too_many_points_are_told_with_what_is_booked_until_the_appeal_is_upheld(desk: Desk) -> None:
    ParameterValue.objects.create(key="bookings.points_limit", value=2, valid_from=desk.now - DAY)
    past, coming = _booked(desk, 0), _booked(desk, 1)
    give_points(booking=past, kind=PointEntry.Kind.NO_SHOW, points=2, now=desk.now)
    _hear(desk)
    assert _codes(coming) == ["bookings.points"]
    made = appeal(entry=PointEntry.objects.get(), by=desk.they.alice, reason="ill", now=desk.now + HOUR)
    decide_appeal(found=made, by=desk.they.teng, uphold=True, why="true", now=desk.now + 2 * HOUR)
    _hear(desk, 2 * HOUR)
    assert _codes(coming) == []


def test_another_limit_of_points_is_found_by_the_clock_and_needs_no_fact(desk: Desk) -> None:
    past, coming = _booked(desk, 0), _booked(desk, 1)
    give_points(booking=past, kind=PointEntry.Kind.NO_SHOW, points=2, now=desk.now)
    _hear(desk)
    assert _codes(coming) == []
    ParameterValue.objects.create(key="bookings.points_limit", value=2, valid_from=desk.now)
    assert look_at_all(now=desk.now + HOUR) == 1
    _hear(desk, HOUR)
    assert _codes(coming) == ["bookings.points"]
    _hear(desk, HOUR)
    assert len([one for one in told("bookings.at_risk") if one["booking"] == coming.ulid]) == 1


def test_another_table_of_admission_looks_at_everything(desk: Desk) -> None:
    booking = _booked(desk, 1, 3)
    own = Row(
        id="no-long-ones",
        cells=(Cell("length_minutes", "gt", 120),),
        outcome=DENY,
        code="bookings.long",
        mender="office",
        zh="太长",
        en="Too long",
    )
    add_version(
        point=DEFAULT.key,
        body=replace(DEFAULT, version=2, rows=(own, *DEFAULT.rows)).to_json(),
        valid_from=desk.now + HOUR,
        author=desk.they.teng,
        approver=desk.they.office,
        reason="another table",
        now=desk.now + HOUR,
    )
    _hear(desk, 2 * HOUR)
    assert _codes(booking) == ["bookings.long"]
    assert _heard(desk.they.office, "bookings.to_mend") == 1


# Debts


def test_what_was_spent_first_is_paid_first(desk: Desk) -> None:
    fund = funded(desk.they.group, desk.now - 190 * DAY, number="QY-F-9", amount_fen=100)
    for number, days in enumerate((180, 100, 50)):
        _spent(desk, fund, 100, desk.now - days * DAY, f"x:{number}")
    group = desk.they.group.pk
    assert means_of(fund) == (available_fen(fund), True) == (-200, True)
    assert means_of(desk.fund) == (available_fen(desk.fund), True)
    assert debts_of(group) == {fund.pk: desk.now - 100 * DAY}  # 100 pay the oldest, 200 are open
    top_up(fund=fund, amount_fen=100, source="more", now=desk.now)
    assert debts_of(group) == {fund.pk: desk.now - 50 * DAY}
    top_up(fund=fund, amount_fen=100, source="all", now=desk.now)
    assert debts_of(group) == {}
    assert means_of(fund) == (0, False)


def test_a_charge_that_was_taken_back_is_no_debt(desk: Desk) -> None:
    fund = funded(desk.they.group, desk.now - 190 * DAY, number="QY-F-9", amount_fen=0)
    posted = _spent(desk, fund, 100, desk.now - 100 * DAY, "x:1")
    _spent(desk, fund, 40, desk.now - 20 * DAY, "x:2")
    reverse(transaction=posted, by=None, now=desk.now, reason="wrong")
    assert debts_of(desk.they.group.pk) == {fund.pk: desk.now - 20 * DAY}


def test_old_debts_refuse_and_the_pi_mends_them(desk: Desk) -> None:
    fund = funded(desk.they.group, desk.now - 190 * DAY, number="QY-F-9", amount_fen=0)
    _spent(desk, fund, 100, desk.now - 60 * DAY, "x:1")
    with refused(WrongState, "funding.insufficient") as met:
        _booked(desk, 1, fund=fund)
    assert met.details["also"] == []
    with refused(WrongState, "funding.insufficient") as met:
        _booked(desk, 1, fund=fund, now=desk.now + DAY)
    assert [(one["code"], one["mender"]) for one in met.details["also"]] == [("funding.arrears", "pi")]
    facts = DecisionRecord.objects.filter(point="booking.admission").latest("pk").facts
    assert (facts["debt_days"], facts["group_debt_days"], facts["arrears"]) == (61, 61, True)
    # The group's other fund pays; the debt is a fact of which a school may make a condition.
    assert _booked(desk, 1, now=desk.now + DAY).state == Booking.State.CONFIRMED
    facts = DecisionRecord.objects.filter(point="booking.admission").latest("pk").facts
    assert (facts["debt_days"], facts["group_debt_days"], facts["arrears"]) == (0, 61, False)


def test_a_debt_that_grows_old_under_a_booking_is_found_and_paying_mends_it(desk: Desk) -> None:
    fund = funded(desk.they.group, desk.now - 190 * DAY, number="QY-F-9", amount_fen=10_000_00)
    booking = _booked(desk, 1, fund=fund)
    _spent(desk, fund, 10_000_01, desk.now - 58 * DAY, "x:1")
    _hear(desk)
    look_at_all(now=desk.now + DAY)
    _hear(desk, DAY)
    assert _codes(booking) == []
    look_at_all(now=desk.now + 3 * DAY)
    _hear(desk, 3 * DAY)
    assert _codes(booking) == ["funding.arrears"]
    assert _heard(desk.they.wang, "bookings.to_mend") == 1
    top_up(fund=fund, amount_fen=100_00, source="paid", now=desk.now + 4 * DAY)
    _hear(desk, 4 * DAY)
    assert _codes(booking) == []


# The companion of the night


def _at_night(desk: Desk, *, named: bool = True) -> dict[str, Any]:
    """Alice may use it at night, and Bob was named to be there. A period at night."""
    they = desk.they
    change_instrument(instrument=they.sem, by=they.office, now=desk.now, night_self_use=True, night_people=2)
    they.sem.refresh_from_db()
    start = _monday(desk).replace(hour=23)
    if named:
        asked = request_night(
            user=they.alice,
            instrument=they.sem,
            buddy=they.bob,
            starts_at=desk.now,
            ends_at=desk.now + 30 * DAY,
            purpose="long",
            by=they.alice,
            now=desk.now,
        )
        grant_night(request=asked, by=None, now=desk.now)
    else:
        endorse_night(
            user=they.alice,
            instrument=they.sem,
            valid_from=desk.now,
            valid_until=desk.now + 30 * DAY,
            source_case="import:1",
            by=None,
            now=desk.now,
        )
    return {"start": start, "end": start + 2 * HOUR}


def _second_person(desk: Desk, **period: Any) -> SecondPerson:
    asked: dict[str, Any] = {"user": desk.they.alice, "instrument": desk.they.sem, "fund": desk.fund}
    found = foresee(now=desk.now, **asked, **period)
    return SecondPerson(str(found.judgement.decision.facts["second_person"]))


def test_who_would_be_there_is_known_ahead(desk: Desk) -> None:
    period = _at_night(desk)
    assert _second_person(desk, **period) is SecondPerson.NAMED
    day: dict[str, Any] = {"start": _monday(desk), "end": _monday(desk) + HOUR}
    assert _second_person(desk, **day) is SecondPerson.NOT_NEEDED
    assert desk.book(**period).state == Booking.State.CONFIRMED
    change_instrument(instrument=desk.they.sem, by=desk.they.office, now=desk.now, night_people=1)
    desk.they.sem.refresh_from_db()
    assert _second_person(desk, **period) is SecondPerson.NOT_NEEDED


def test_an_endorsement_without_a_name_leaves_it_to_the_gate(desk: Desk) -> None:
    period = _at_night(desk, named=False)
    assert _second_person(desk, **period) is SecondPerson.UNKNOWN
    assert desk.book(**period).state == Booking.State.CONFIRMED


def test_a_companion_who_may_not_be_there_refuses_and_puts_nights_at_risk(desk: Desk) -> None:
    period = _at_night(desk)
    booking = desk.book(**period)
    by_day = _booked(desk, 1)
    revoke_safety_clearance(
        clearance=SafetyClearance.objects.get(user=desk.they.bob), reason="lapsed", by=None, now=desk.now
    )
    _hear(desk)
    assert (_codes(booking), _mender(booking), _codes(by_day)) == (
        ["bookings.no_second_person"],
        ["self"],
        [],
    )
    later = {"start": period["start"] + DAY, "end": period["end"] + DAY}
    with refused(WrongState, "bookings.no_second_person"):
        desk.book(**later)
    people.cleared(desk.they.bob, desk.now, desk.now + 300 * DAY)
    _hear(desk)
    assert _codes(booking) == []
    suspend_user(user=desk.they.bob, reason="x", by=desk.they.office, now=desk.now)
    assert _second_person(desk, **later) is SecondPerson.UNABLE
    _hear(desk)
    assert _codes(booking) == ["bookings.no_second_person"]


def test_a_companion_who_leaves_is_missed(desk: Desk) -> None:
    booking = desk.book(**_at_night(desk))
    end_user(user=desk.they.bob, by=desk.they.office, now=desk.now + HOUR, reason="left")
    _hear(desk, HOUR)
    assert _codes(booking) == ["bookings.no_second_person"]


# Offices


@pytest.mark.parametrize(
    ("mender", "who"),
    [
        ("office", "office"),
        ("lab_head", "olga"),
        ("finance", "finance"),
        ("safety_officer", "wang"),
        ("trainer", "teng"),
        ("self", None),
        ("somebody_of_a_plugin", None),
    ],
)
def test_whoever_holds_the_office_hears_of_it(desk: Desk, mender: str, who: str | None) -> None:
    they = desk.they
    for user, kind in (
        (they.olga, "lab_head"),
        (they.finance, "finance_officer"),
        (they.wang, "safety_officer"),
    ):
        appoint_post(user=user, unit=they.lab, kind=kind, by=they.office, now=desk.now)
    booking = _booked(desk, 1)
    _hear(desk)
    reason = {"code": "x.y", "zh": "不行", "en": "no", "mender": mender}
    Booking.objects.filter(pk=booking.pk).update(at_risk=[reason], at_risk_at=desk.now)
    payload = {"instrument": they.sem.ulid, "booking": booking.ulid, "user": they.alice.ulid}
    tell_risk({**payload, "codes": ["x.y"]}, desk.now)
    heard = [
        name
        for name in ("office", "olga", "finance", "wang", "teng", "bob")
        if _heard(getattr(they, name), "bookings.to_mend")
    ]
    assert heard == ([who] if who else [])
    assert _heard(they.alice, "bookings.at_risk") == 1
