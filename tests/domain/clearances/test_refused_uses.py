"""Refused at the reader because of the slot, the money or the purpose. Each situation is made by
operations, the answer names exactly its code, and mending it opens.
"""

from datetime import datetime, timedelta

from apps.bookings.operations import cancel_booking
from apps.fees.operations import end_version
from apps.funding.operations import freeze_fund, set_limit, spend, top_up, unfreeze_fund
from apps.instruments.models import CrewMember
from apps.instruments.operations import appoint_crew
from apps.instruments.states import (
    close_work_order,
    lock_instrument,
    open_work_order,
    release_lock,
    start_outage,
)
from apps.ledger.operations import open_account
from apps.people.models import Membership
from apps.people.operations import (
    end_membership,
)
from apps.training.guided import cancel_guided_session, schedule_guided_session
from tests.domain.clearances.refusing import allowed, refused
from tests.domain.clearances.world import (
    DAY,
    HOUR,
    MINUTE,
    World,
    booked,
    certified,
    session,
    set_parameter,
    walk_in,
)
from tests.factories.money import priced
from tests.people import (
    BOBS_UID,
    CHARLIES_UID,
    TENGS_UID,
    YEAR,
    cleared,
    digest,
)

SECOND = timedelta(seconds=1)


# --- booking and walk-in ---


def test_without_a_booking_the_reader_says_so(world: World) -> None:
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)
    refused(world, "booking.none")
    walk_in(world)
    allowed(world)


def test_before_the_tolerance_begins_a_booking_is_too_early(world: World) -> None:
    answer = refused(world, "booking.early", at=world.now - 11 * MINUTE)
    assert "11 minutes" in answer.message_en
    allowed(world, at=world.now - 10 * MINUTE)


def test_a_slot_of_somebody_else_is_refused_and_stays_theirs_until_it_ends(world: World) -> None:
    certified(world, world.people.bob, "basic")
    booked(world.people.bob, world.sem, world.now + 2 * HOUR, world.now + 3 * HOUR, world.fund, world.now)
    refused(world, "booking.other", at=world.now + 2 * HOUR)
    refused(world, "booking.other", uid=BOBS_UID)
    allowed(world, uid=BOBS_UID, at=world.now + 2 * HOUR)


def test_a_walk_in_is_refused_where_it_is_not_allowed_or_the_slot_is_taken(world: World) -> None:
    certified(world, world.people.bob, "basic")
    refused(world, "walkin.not_allowed", "walkin.taken", uid=BOBS_UID, purpose="walk_in")
    walk_in(world)
    refused(world, "walkin.taken", uid=BOBS_UID)
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)
    allowed(world, uid=BOBS_UID)


# --- money ---


def test_without_a_fee_standard_nothing_is_charged_and_nothing_opens(world: World) -> None:
    end_version(version=world.fee, reason="mistake", by=None, now=world.now)
    refused(world, "fee.none", at=world.now + SECOND)
    set_parameter("access.fee_transition", True, world.now)  # noqa: FBT003 - a value, not a switch
    allowed(world, at=world.now + SECOND)


def test_a_new_fee_standard_opens_again(world: World) -> None:
    end_version(version=world.fee, reason="mistake", by=None, now=world.now)
    priced(world.sem, world.now + SECOND)
    allowed(world, at=world.now + SECOND)


def test_a_frozen_fund_is_refused_until_unfrozen(world: World) -> None:
    freeze_fund(fund=world.fund, by=None, now=world.now, reason="audit")
    refused(world, "fund.blocked")
    unfreeze_fund(fund=world.fund, by=None, now=world.now, reason="done")
    allowed(world)


def test_a_fund_of_a_group_that_one_has_left_pays_nothing(world: World) -> None:
    end_membership(membership=Membership.objects.get(user=world.alice), by=None, now=world.now)
    refused(world, "fund.none", at=world.now + SECOND)


def test_a_walk_in_needs_money_for_as_long_as_it_may_last(world: World) -> None:
    walk_in(world)
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)
    _spend(world, 9_500_00, world.now)
    answer = refused(world, "fund.insufficient")
    assert "1040.00 yuan" in answer.message_en
    assert "500.00 yuan" in answer.message_en
    top_up(fund=world.fund, amount_fen=600_00, source="more", now=world.now)
    allowed(world)


def test_the_limit_of_the_pi_counts_what_was_spent_this_month(world: World) -> None:
    walk_in(world)
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)
    set_limit(fund=world.fund, user=world.alice, monthly_fen=1_100_00, by=world.people.wang, now=world.now)
    allowed(world)
    _spend(world, 100_00, world.now)
    refused(world, "fund.insufficient", dev="cbtest02")


def test_what_is_held_for_the_booking_is_there_for_it(world: World) -> None:
    _spend(world, 10_000_00 - world.booking.estimated_fen, world.now)
    allowed(world)


def test_arrears_bar_use_from_a_day_after_the_charge_until_it_is_paid(world: World) -> None:
    _spend(world, 10_000_01, world.now - 25 * DAY)
    assert "arrears.overdue" not in world.swipe().codes
    set_parameter("billing.arrears_days", 25, world.now - DAY)
    assert "arrears.overdue" not in world.swipe().codes
    set_parameter("billing.arrears_days", 24, world.now)
    refused(world, "fund.insufficient", "arrears.overdue")
    top_up(fund=world.fund, amount_fen=1, source="the old debt", now=world.now)
    _spend(world, 1_00, world.now)
    refused(world, "fund.insufficient")  # a debt again, but a young one
    top_up(fund=world.fund, amount_fen=10_000_00, source="all", now=world.now)
    allowed(world)


# --- other purposes ---


def test_a_training_session_needs_its_time_and_its_trainer(world: World) -> None:
    refused(world, "supervised.session", "supervised.trainer", uid=BOBS_UID, purpose="training")
    guided = schedule_guided_session(
        kind="training",
        instrument=world.sem,
        leader=world.people.teng,
        participants=[world.people.bob],
        starts_at=world.now,
        ends_at=world.now + HOUR,
        by=world.people.teng,
        now=world.now,
    )
    refused(world, "supervised.trainer", uid=BOBS_UID)
    grant = allowed(world, uid=BOBS_UID, card2_digest=digest(TENGS_UID)).grant
    assert grant is not None
    assert (grant.expires_at, session(grant.gid).purpose) == (world.now + HOUR, "training")
    cancel_guided_session(session=guided, by=world.people.teng, now=world.now)
    refused(
        world, "supervised.session", "supervised.trainer", uid=BOBS_UID, purpose="training", dev="other01"
    )


def test_a_course_needs_its_slot_and_its_teacher(world: World) -> None:
    refused(world, "teaching.slot", "teaching.teacher", uid=BOBS_UID, purpose="teaching")
    schedule_guided_session(
        kind="teaching",
        instrument=world.sem,
        leader=world.people.teng,
        participants=[world.people.bob],
        starts_at=world.now,
        ends_at=world.now + HOUR,
        by=world.people.teng,
        now=world.now,
    )
    grant = allowed(world, uid=BOBS_UID).grant
    assert grant is not None
    assert session(grant.gid).purpose == "teaching"


def test_maintenance_needs_an_open_order_and_the_crew(world: World) -> None:
    cleared(world.people.teng, world.now - DAY, world.now + YEAR)
    refused(world, "maintenance.order", uid=TENGS_UID, purpose="maintenance")
    order = open_work_order(instrument=world.sem, summary="filament", by=world.people.teng, now=world.now)
    start_outage(
        instrument=world.sem, starts_at=world.now, ends_at=None, reason_zh="换灯丝", by=None, now=world.now
    )
    refused(world, "maintenance.person", uid=BOBS_UID, purpose="maintenance")
    grant = allowed(world, uid=TENGS_UID).grant
    assert grant is not None
    assert session(grant.gid).purpose == "maintenance"
    close_work_order(work_order=order, by=world.people.teng, now=world.now)
    refused(world, "maintenance.order", uid=TENGS_UID, purpose="maintenance", dev="other01")


def test_the_named_engineer_may_repair_although_no_member_of_the_crew(world: World) -> None:
    charlie = world.people.charlie
    cleared(charlie, world.now - DAY, world.now + YEAR)
    open_work_order(
        instrument=world.sem, summary="pump", engineer=charlie, by=world.people.teng, now=world.now
    )
    allowed(world, uid=CHARLIES_UID)


def test_an_emergency_is_for_the_crew(world: World) -> None:
    refused(world, "emergency.crew", purpose="emergency")
    appoint_crew(
        instrument=world.sem, user=world.alice, role=CrewMember.Role.OPERATOR, by=None, now=world.now
    )
    allowed(world, purpose="emergency")


def test_purposes_whose_rooms_do_not_exist_yet_open_nothing(world: World) -> None:
    cleared(world.people.teng, world.now - DAY, world.now + YEAR)
    refused(world, "sample.state", uid=TENGS_UID, purpose="sample_run")
    refused(world, "sample.operator", "sample.state", purpose="sample_run")
    refused(world, "commissioning.closed", uid=TENGS_UID, purpose="commissioning")
    refused(world, "commissioning.closed", "commissioning.person", purpose="commissioning")


# --- the clearance itself ---


def test_a_clearance_that_is_about_to_end_is_not_given(world: World) -> None:
    end = world.now + 2 * HOUR
    refused(world, "access.too_short", at=end - 59 * SECOND)
    allowed(world, at=end - 60 * SECOND)


def test_four_conditions_fail_at_once_and_each_mending_takes_one_away(world: World) -> None:
    bob = world.people.bob
    freeze_fund(fund=world.fund, by=None, now=world.now, reason="audit")
    lock = lock_instrument(instrument=world.sem, reason="leak", by=world.people.teng, now=world.now)
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)
    refused(world, "instrument.locked", "training.none", "booking.none", "fund.blocked", uid=BOBS_UID)
    release_lock(lock=lock, by=world.people.teng, now=world.now)
    refused(world, "training.none", "booking.none", "fund.blocked", uid=BOBS_UID)
    certified(world, world.people.bob, "basic")
    refused(world, "booking.none", "fund.blocked", uid=BOBS_UID)
    unfreeze_fund(fund=world.fund, by=None, now=world.now, reason="done")
    refused(world, "booking.none", uid=BOBS_UID)
    booked(bob, world.sem, world.now, world.now + HOUR, world.fund, world.now)
    allowed(world, uid=BOBS_UID)


def _spend(world: World, fen: int, at: datetime) -> None:
    """Alice has used something else for this much."""
    income = open_account(code=f"income:{at:%j}:{fen}", kind="income", name_zh="收入", name_en="Income")
    spend(
        fund=world.fund,
        user=world.alice,
        amount_fen=fen,
        to=income,
        source=f"test:{at:%j}:{fen}",
        memo="earlier use",
        now=at,
    )
