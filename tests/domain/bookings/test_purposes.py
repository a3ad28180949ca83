"""Bookings of the crew for something else than a use of their own: who makes them, what they need, that they
cost nobody, and what the gate makes of them.
"""

from datetime import timedelta
from typing import Any

import pytest

from apps.billing.operations import charge_record
from apps.bookings.models import Booking
from apps.bookings.operations import book
from apps.clearances.gate import check, sync_standby
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.models import CrewMember
from apps.instruments.operations import appoint_crew, change_instrument, open_work_order, start_outage
from apps.people.models import User
from apps.training.models import Certificate
from apps.usage.meter import power_off, power_on
from apps.usage.models import UsageSession
from tests import people
from tests.domain.clearances.world import DEV, HOUR, LEASE_MS, NODE, NOW, OFF_MS, World, open_world
from tests.factories.refusals import refused
from tests.people import BOBS_UID, TENGS_UID

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OTHER = ("sample_run", "training", "teaching", "maintenance")


@pytest.fixture
def world(db: None) -> World:
    found = open_world(NOW)
    people.cleared(found.people.teng, NOW - DAY, NOW + 365 * DAY)
    return found


def _book(world: World, purpose: str, who: User | None = None, **changes: Any) -> Booking:
    user = who or world.people.teng
    asked: dict[str, Any] = {
        "user": user,
        "instrument": world.sem,
        "start": world.now + 3 * HOUR,
        "end": world.now + 5 * HOUR,
        "fund": None,
        "by": user,
        "now": world.now,
        "purpose": purpose,
    }
    return book(**{**asked, **changes})


@pytest.mark.parametrize("purpose", OTHER)
def test_only_the_crew_books_for_something_else_and_it_costs_nobody(world: World, purpose: str) -> None:
    for who in (world.alice, world.people.wang):
        with refused(NotPermitted, "bookings.crew_only") as met:
            _book(world, purpose, who, fund=world.fund)
        assert met.field == "purpose"
    made = _book(world, purpose)
    assert (made.purpose, made.estimated_fen, made.hold, made.fund) == (purpose, 0, None, None)
    with refused(WrongState, "bookings.overlap"):
        _book(world, "use", world.alice, fund=world.fund)


def test_a_purpose_that_nobody_knows_is_refused(world: World) -> None:
    with refused(Invalid, "bookings.purpose"):
        _book(world, "party")


def test_a_service_engineer_books_maintenance_only(world: World) -> None:
    appoint_crew(
        instrument=world.sem, user=world.people.wang, role="service", by=world.people.teng, now=world.now
    )
    with refused(NotPermitted, "bookings.crew_only"):
        _book(world, "teaching", world.people.wang)
    people.cleared(world.people.wang, world.now, world.now + 30 * DAY)
    assert _book(world, "maintenance", world.people.wang).purpose == "maintenance"


def test_what_the_gate_asks_only_of_own_use_is_not_asked_of_the_others(world: World) -> None:
    # No certificate, at night, on a machine that nobody uses alone at night.
    Certificate.objects.all().delete()
    change_instrument(instrument=world.sem, by=world.people.teng, now=world.now, night_self_use=False)
    night = world.now + 13 * HOUR
    assert _book(world, "teaching", start=night, end=night + HOUR).start == night


def test_only_maintenance_has_the_time_of_an_outage(world: World) -> None:
    start_outage(
        instrument=world.sem,
        starts_at=world.now + 2 * HOUR,
        ends_at=world.now + 6 * HOUR,
        reason_zh="保养",
        by=world.people.teng,
        now=world.now,
    )
    with refused(WrongState, "bookings.outage"):
        _book(world, "teaching")
    assert _book(world, "maintenance").purpose == "maintenance"


@pytest.mark.parametrize("purpose", ["training", "teaching"])
def test_the_gate_opens_for_who_leads_a_training_or_a_course_until_the_booking_ends(
    world: World, purpose: str
) -> None:
    made = _book(world, purpose)
    answer = world.swipe(TENGS_UID, at=made.start)
    assert answer.allowed, answer.codes
    session = UsageSession.objects.get(gid=answer.grant.gid) if answer.grant else None
    assert session is not None
    assert (session.purpose, session.booking_id, session.expires_at) == (purpose, made.pk, made.end)
    # Alice's certificate does not help her there: it is somebody else's time.
    assert (
        "booking.other"
        in check(user=world.alice, instrument=world.sem, at=made.start, now=world.now, asked_by="test").codes
    )


def test_an_hour_of_teaching_is_recorded_and_charged_to_nobody(world: World) -> None:
    made = _book(world, "teaching")
    answer = world.swipe(TENGS_UID, at=made.start)
    assert answer.grant is not None
    end = made.start + HOUR
    power_on(dev=DEV, node=NODE, gid=answer.grant.gid, odo=0, busy=0, at=made.start, now=made.start)
    record = power_off(
        dev=DEV, node=NODE, gid=answer.grant.gid, odo=3_600_000, busy=0, at=end, why="card", now=end
    )
    assert record is not None
    charge = charge_record(record=record, now=end)
    assert record.purpose == "teaching"
    assert charge is None or charge.amount_fen == 0


def test_maintenance_still_wants_its_work_order(world: World) -> None:
    made = _book(world, "maintenance")
    assert "maintenance.order" in world.swipe(TENGS_UID, at=made.start).codes
    open_work_order(instrument=world.sem, summary="换灯丝", by=world.people.teng, now=world.now)
    answer = world.swipe(TENGS_UID, at=made.start)
    assert answer.allowed, answer.codes


def test_a_sample_run_is_refused_until_a_sample_is_there(world: World) -> None:
    made = _book(world, "sample_run")
    answer = world.swipe(TENGS_UID, at=made.start)
    assert not answer.allowed
    assert [code for code in answer.codes if code.startswith("sample.")]


def test_nobody_uses_a_machine_for_themselves_on_a_slot_kept_for_a_course(world: World) -> None:
    made = _book(world, "teaching")
    own = world.swipe(TENGS_UID, at=made.start, purpose="booking")
    assert not own.allowed
    assert any(code.startswith("booking.") for code in own.codes)
    # And a booking of one's own is no course.
    course = world.swipe(at=world.now, purpose="teaching")
    assert "teaching.slot" in course.codes


def test_a_stand_by_grant_is_for_the_purpose_of_its_booking(world: World) -> None:
    made = _book(world, "teaching")
    sync_standby(
        dev=DEV, node=NODE, instrument_id=world.sem.pk, lease_ms=LEASE_MS, off_ms=OFF_MS, now=world.now
    )
    session = UsageSession.objects.get(booking=made)
    assert (session.purpose, session.state, session.expires_at) == ("teaching", "standby", made.end)


def test_bob_is_let_in_by_nobodys_booking(world: World) -> None:
    made = _book(world, "training")
    assert not world.swipe(BOBS_UID, at=made.start).allowed
    assert CrewMember.objects.filter(user=world.people.bob).count() == 0
