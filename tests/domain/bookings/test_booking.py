"""Booking a free slot, and every reason why not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.bookings.models import Booking
from apps.bookings.operations import book, cancel_booking
from apps.bookings.queries import free_slots, live_between, my_bookings, upcoming
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import ParameterValue
from apps.fees.operations import end_version
from apps.funding.models import FundAccount, FundHold
from apps.funding.operations import freeze_fund, set_limit
from apps.funding.queries import available_fen
from apps.instruments.operations import change_instrument, retire_instrument, start_outage
from apps.people.operations import add_member, end_user, suspend_user
from apps.training.operations import (
    endorse_night,
    grant_safety_clearance,
    issue_certificate,
    revoke_safety_clearance,
    schedule_guided_session,
    suspend_certificate,
    withdraw_certificate,
)
from tests import people
from tests.factories.facts import told
from tests.factories.instruments import sister
from tests.factories.money import HOUR_FEN, funded, priced
from tests.factories.opening import at_level
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class Desk:
    """Everyone with money and a price, and a booking of Alice's that succeeds unless something is changed."""

    they: people.People
    fund: FundAccount
    now: datetime

    def book(self, **changes: Any) -> Booking:
        asked: dict[str, Any] = {
            "user": self.they.alice,
            "instrument": self.they.sem,
            "start": self.now + HOUR,
            "end": self.now + 3 * HOUR,
            "fund": self.fund,
            "by": self.they.alice,
            "now": self.now,
        }
        return book(**{**asked, **changes})


@pytest.fixture
def desk(now: datetime) -> Desk:
    they = people.gather(now)
    before = now - 30 * DAY
    priced(they.sem, before)
    return Desk(they, funded(they.group, before), now)


def test_a_confirmed_booking_holds_its_estimate_and_is_told(desk: Desk) -> None:
    booking = desk.book()
    assert booking.state == Booking.State.CONFIRMED
    assert booking.estimated_fen == 2 * HOUR_FEN["internal"]
    assert booking.hold is not None
    assert booking.hold.amount_fen == booking.estimated_fen
    assert booking.hold.purpose == f"booking:{booking.ulid}"
    assert available_fen(desk.fund) == 10_000_00 - booking.estimated_fen
    assert told("bookings.confirmed") == [
        {"booking": booking.ulid, "instrument": desk.they.sem.ulid, "user": desk.they.alice.ulid}
    ]


@pytest.mark.parametrize(
    ("first", "last", "code", "field"),
    [
        (2 * HOUR, 2 * HOUR, "bookings.period", "end"),
        (2 * HOUR, HOUR, "bookings.period", "end"),
        (-timedelta(seconds=1), HOUR, "bookings.past", "start"),
        (HOUR, 26 * HOUR, "bookings.too_long", "end"),
        (61 * DAY, 61 * DAY + HOUR, "bookings.too_far", "start"),
    ],
)
def test_an_impossible_period_is_refused_at_its_field(
    desk: Desk, first: timedelta, last: timedelta, code: str, field: str
) -> None:
    with refused(Invalid, code) as met:
        desk.book(start=desk.now + first, end=desk.now + last)
    assert met.field == field
    assert not Booking.objects.exists()


def test_the_longest_booking_and_the_horizon_are_dated_parameters(desk: Desk) -> None:
    ParameterValue.objects.create(key="bookings.max_hours", value=2, valid_from=desk.now, reason="crowded")
    desk.book()
    with refused(Invalid, "bookings.too_long") as met:
        desk.book(start=desk.now + 4 * HOUR, end=desk.now + 7 * HOUR)
    assert met.details["max_hours"] == 2


def test_a_slot_is_given_once_and_the_refusal_names_the_taken_period_but_nobody(desk: Desk) -> None:
    booking = desk.book()
    with refused(WrongState, "bookings.overlap") as met:
        desk.book(start=desk.now + 2 * HOUR, end=desk.now + 4 * HOUR)
    assert met.details["start"] == booking.start.isoformat()
    assert met.details["end"] == booking.end.isoformat()
    assert "艾丽" not in str(met.details)
    assert Booking.objects.count() == FundHold.objects.count() == 1


def test_half_open_periods_may_touch(desk: Desk) -> None:
    desk.book()
    desk.book(start=desk.now + 3 * HOUR, end=desk.now + 4 * HOUR)
    desk.book(start=desk.now, end=desk.now + HOUR)
    assert live_between(desk.they.sem.pk, desk.now, desk.now + DAY).count() == 3


def test_nobody_books_for_another_but_the_crew(desk: Desk) -> None:
    for who in (desk.they.bob, desk.they.wang, desk.they.charlie):
        with refused(NotPermitted, "bookings.not_yours"):
            desk.book(by=who)
    assert desk.book(by=desk.they.olga).user == desk.they.alice


def test_an_instrument_that_is_not_open_or_leaves_service_is_not_booked(desk: Desk) -> None:
    at_level(desk.they.sem, 2, desk.now, by=desk.they.office)
    with refused(WrongState, "bookings.not_open"):
        desk.book()
    at_level(desk.they.sem, 3, desk.now, by=desk.they.office)
    desk.book()
    retire_instrument(instrument=desk.they.sem, reason="sold", by=None, now=desk.now)
    with refused(WrongState, "bookings.not_open"):
        desk.book(start=desk.now + 4 * HOUR, end=desk.now + 5 * HOUR)


def test_an_outage_or_a_guided_session_takes_the_time(desk: Desk) -> None:
    start_outage(
        instrument=desk.they.sem,
        starts_at=desk.now + 2 * HOUR,
        ends_at=desk.now + 4 * HOUR,
        reason_zh="保养",
        by=desk.they.teng,
        now=desk.now,
    )
    with refused(WrongState, "bookings.outage"):
        desk.book()
    schedule_guided_session(
        kind="training",
        instrument=desk.they.sem,
        leader=desk.they.teng,
        participants=[desk.they.bob],
        starts_at=desk.now + 5 * HOUR,
        ends_at=desk.now + 6 * HOUR,
        by=desk.they.teng,
        now=desk.now,
    )
    with refused(WrongState, "bookings.guided_session"):
        desk.book(start=desk.now + 5 * HOUR, end=desk.now + 7 * HOUR)
    desk.book(start=desk.now + 4 * HOUR, end=desk.now + 5 * HOUR)


def test_a_suspended_or_ended_person_books_nothing(desk: Desk) -> None:
    suspend_user(user=desk.they.alice, reason="unpaid", by=desk.they.office, now=desk.now)
    with refused(WrongState, "bookings.suspended"):
        desk.book()
    end_user(user=desk.they.alice, reason="left", by=desk.they.office, now=desk.now)
    with refused(WrongState, "bookings.not_registered"):
        desk.book()


def test_the_registration_must_last_for_the_whole_booking(desk: Desk) -> None:
    desk.they.alice.valid_until = desk.now + 2 * HOUR
    desk.they.alice.save(update_fields=["valid_until"])
    with refused(WrongState, "bookings.not_registered"):
        desk.book()
    desk.book(end=desk.now + 2 * HOUR)


def test_the_safety_clearance_must_last_for_the_whole_booking(desk: Desk) -> None:
    [clearance] = desk.they.alice.safety_clearances.all()
    revoke_safety_clearance(clearance=clearance, reason="rules broken", by=desk.they.office, now=desk.now)
    with refused(WrongState, "bookings.no_safety"):
        desk.book()
    grant_safety_clearance(
        user=desk.they.alice,
        valid_from=desk.now,
        valid_until=desk.now + 2 * HOUR,
        source_case="safety:again",
        now=desk.now,
    )
    with refused(WrongState, "bookings.no_safety"):
        desk.book()
    desk.book(end=desk.now + 2 * HOUR)


def test_without_a_sufficient_certificate_for_the_whole_time_nothing_is_booked(desk: Desk) -> None:
    with refused(WrongState, "bookings.no_certificate") as met:
        desk.book(user=desk.they.bob, by=desk.they.bob)
    assert met.details["required_level"] == "basic"
    suspend_certificate(
        certificate=desk.they.certificate,
        reason="careless",
        by=desk.they.teng,
        now=desk.now,
        valid_until=desk.now + 4 * HOUR,
    )
    with refused(WrongState, "bookings.no_certificate"):
        desk.book()
    desk.book(start=desk.now + 4 * HOUR, end=desk.now + 5 * HOUR)
    withdraw_certificate(
        certificate=desk.they.certificate, reason="careless again", by=desk.they.teng, now=desk.now
    )
    with refused(WrongState, "bookings.no_certificate"):
        desk.book(start=desk.now + 5 * HOUR, end=desk.now + 6 * HOUR)


def test_a_certificate_below_the_required_level_does_not_do(desk: Desk) -> None:
    change_instrument(instrument=desk.they.sem, by=desk.they.teng, now=desk.now, required_level="advanced")
    with refused(WrongState, "bookings.no_certificate"):
        desk.book()
    change_instrument(instrument=desk.they.sem, by=desk.they.teng, now=desk.now, required_level="none")
    desk.book()


def test_a_booking_that_touches_the_night_needs_the_endorsement(desk: Desk) -> None:
    evening = desk.now + 11 * HOUR  # 21:00 at the school
    desk.book(start=evening, end=evening + HOUR)
    night = {"start": evening + HOUR, "end": evening + 2 * HOUR}
    with refused(WrongState, "bookings.no_night_endorsement"):
        desk.book(**night)
    endorse_night(
        user=desk.they.alice,
        instrument=desk.they.sem,
        valid_from=desk.now,
        valid_until=desk.now + 13 * HOUR,
        source_case="night:1",
        now=desk.now,
    )
    desk.book(**night)
    with refused(WrongState, "bookings.no_night_endorsement"):
        desk.book(start=evening + 2 * HOUR, end=evening + 3 * HOUR)
    change_instrument(instrument=desk.they.sem, by=desk.they.teng, now=desk.now, night_self_use=False)
    with refused(WrongState, "bookings.no_night_use"):
        desk.book(start=evening + 2 * HOUR, end=evening + 3 * HOUR)


def test_an_outsider_books_a_supervised_machine_only_when_external_use_is_registered(desk: Desk) -> None:
    they = desk.they
    machine = sister(they.sem, "QY900002", desk.now, customs_supervised=True)
    priced(machine, desk.now)
    add_member(group=they.group, user=they.charlie, by=they.wang, now=desk.now)
    people.cleared(they.charlie, desk.now, desk.now + DAY)
    issue_certificate(
        user=they.charlie,
        instrument=machine,
        level="basic",
        valid_from=desk.now,
        valid_until=desk.now + DAY,
        issued_by=None,
        source_case="training:charlie",
        now=desk.now,
    )
    outside = {"user": they.charlie, "by": they.charlie, "instrument": machine}
    with refused(WrongState, "bookings.customs"):
        desk.book(**outside)
    change_instrument(instrument=machine, by=they.office, now=desk.now, external_use_registered=True)
    assert desk.book(**outside).estimated_fen == 2 * HOUR_FEN["enterprise"]


def test_a_charged_use_needs_a_fee_standard_and_a_fund_that_may_pay(desk: Desk) -> None:
    with refused(Invalid, "bookings.no_fund") as met:
        desk.book(fund=None)
    assert met.field == "fund"
    strange = funded(_other_group(desk), desk.now, number="QY-F-2002")
    with refused(NotPermitted, "funding.not_usable"):
        desk.book(fund=strange)
    [version] = desk.they.sem.fee_versions.all()
    end_version(version=version, reason="under review", by=desk.they.office, now=desk.now)
    with refused(WrongState, "fees.none"):
        desk.book()


def test_while_fees_are_in_transition_an_instrument_without_one_is_booked_free(desk: Desk) -> None:
    machine = _certified_sister(desk)
    with refused(WrongState, "fees.none"):
        desk.book(instrument=machine)
    ParameterValue.objects.create(key="access.fee_transition", value=True, valid_from=desk.now, reason="x")
    booking = desk.book(instrument=machine, fund=None)
    assert (booking.estimated_fen, booking.hold, booking.fee_version) == (0, None, None)


def test_a_use_that_is_not_charged_needs_neither_fee_nor_fund(desk: Desk) -> None:
    change_instrument(instrument=desk.they.sem, by=desk.they.office, now=desk.now, use_charged=False)
    booking = desk.book(fund=None)
    assert (booking.estimated_fen, booking.fee_version, booking.fund) == (0, None, None)


def test_the_fund_has_the_last_word(desk: Desk) -> None:
    poor = funded(desk.they.group, desk.now, number="QY-F-3003", amount_fen=519_99)
    with refused(WrongState, "funding.insufficient"):
        desk.book(fund=poor)
    set_limit(fund=desk.fund, user=desk.they.alice, monthly_fen=500_00, by=desk.they.wang, now=desk.now)
    with refused(WrongState, "funding.limit"):
        desk.book()
    freeze_fund(fund=desk.fund, by=desk.they.office, now=desk.now, reason="audit")
    with refused(NotPermitted, "funding.not_usable"):
        desk.book()
    assert not Booking.objects.exists()
    assert not FundHold.objects.exists()


def test_all_that_is_missing_is_told_at_once(desk: Desk) -> None:
    suspend_user(user=desk.they.bob, reason="unpaid", by=None, now=desk.now)
    with refused(WrongState, "bookings.suspended") as met:
        desk.book(user=desk.they.bob, by=None, fund=None)
    assert [other["code"] for other in met.details["also"]] == [
        "bookings.no_certificate",
        "bookings.no_fund",
    ]
    assert all(other["message"] for other in met.details["also"])


def test_a_cancelled_booking_frees_slot_and_money_and_is_cancelled_once(desk: Desk) -> None:
    booking = desk.book()
    for who in (desk.they.bob, desk.they.wang):
        with refused(NotPermitted, "bookings.not_yours"):
            cancel_booking(booking=booking, by=who, now=desk.now)
    gone = cancel_booking(booking=booking, by=desk.they.alice, now=desk.now, reason="ill")
    assert (gone.state, gone.cancelled_at, gone.cancel_reason) == ("cancelled", desk.now, "ill")
    assert available_fen(desk.fund) == 10_000_00
    with refused(WrongState, "bookings.cancelled"):
        cancel_booking(booking=booking, by=desk.they.olga, now=desk.now)
    assert told("bookings.cancelled") == [
        {"booking": booking.ulid, "instrument": desk.they.sem.ulid, "user": desk.they.alice.ulid}
    ]
    desk.book()


def test_a_booking_that_has_begun_may_still_be_cancelled_but_not_one_that_is_over(desk: Desk) -> None:
    booking = desk.book()
    with refused(WrongState, "bookings.over"):
        cancel_booking(booking=booking, by=desk.they.alice, now=desk.now + 3 * HOUR)
    cancel_booking(booking=booking, by=desk.they.olga, now=desk.now + 2 * HOUR)


def test_my_bookings_are_mine_the_latest_first(desk: Desk) -> None:
    early = desk.book()
    late = desk.book(start=desk.now + 4 * HOUR, end=desk.now + 5 * HOUR)
    assert list(my_bookings(desk.they.alice)) == [late, early]
    assert list(upcoming(desk.they.alice, desk.now + 3 * HOUR)) == [late]
    assert not my_bookings(desk.they.bob).exists()


def test_the_free_slots_are_what_bookings_outages_and_sessions_leave(desk: Desk) -> None:
    desk.book()
    start_outage(
        instrument=desk.they.sem,
        starts_at=desk.now + 6 * HOUR,
        ends_at=None,
        reason_zh="搬迁",
        by=desk.they.teng,
        now=desk.now,
    )
    free = free_slots(desk.they.sem, desk.now - HOUR, desk.now + DAY, now=desk.now)
    assert [(slot.start, slot.end) for slot in free] == [
        (desk.now, desk.now + HOUR),
        (desk.now + 3 * HOUR, desk.now + 6 * HOUR),
    ]
    assert free[1].length == 3 * HOUR


def _certified_sister(desk: Desk) -> Any:
    machine = sister(desk.they.sem, "QY900003", desk.now)
    issue_certificate(
        user=desk.they.alice,
        instrument=machine,
        level="basic",
        valid_from=desk.now,
        valid_until=desk.now + 365 * DAY,
        issued_by=None,
        source_case="training:sister",
        now=desk.now,
    )
    return machine


def _other_group(desk: Desk) -> Any:
    return people.another_group(desk.they, desk.now)
