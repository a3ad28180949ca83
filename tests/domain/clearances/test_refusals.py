"""Every way to be refused at the reader: the situation is made by operations, the answer names exactly its
code, and mending it opens.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.bookings.operations import cancel_booking
from apps.clearances.answers import Answer
from apps.clearances.gate import check
from apps.core.clock import SCHOOL_ZONE
from apps.decisions.models import DecisionRecord
from apps.fees.operations import end_version
from apps.funding.operations import freeze_fund, set_limit, spend, top_up, unfreeze_fund
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.operations import appoint_crew, change_instrument, retire_instrument
from apps.instruments.states import (
    close_incident,
    close_work_order,
    end_outage,
    lock_instrument,
    open_work_order,
    release_lock,
    report_incident,
    start_outage,
)
from apps.ledger.operations import open_account
from apps.people.models import Card, Membership
from apps.people.operations import (
    block_card,
    end_membership,
    end_user,
    issue_card,
    reinstate_user,
    suspend_user,
)
from apps.training.guided import cancel_guided_session, schedule_guided_session
from apps.training.models import NightEndorsement, SafetyClearance
from apps.training.operations import (
    endorse_night,
    reinstate_certificate,
    revoke_night_endorsement,
    revoke_safety_clearance,
    suspend_certificate,
    withdraw_certificate,
)
from rules.points.access_unlock import DEFAULT
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
    STRANGE_UID,
    TENGS_UID,
    YEAR,
    cleared,
    digest,
)

SECOND = timedelta(seconds=1)


def refused(world: World, *codes: str, **swipe: Any) -> Answer:
    """The swipe is refused with exactly these codes, in words, on record, and nothing is granted."""
    answer = world.swipe(**swipe)
    assert (answer.allowed, answer.codes, answer.grant) == (False, codes, None)
    record = DecisionRecord.objects.get(ulid=answer.decision)
    assert (record.outcome, tuple(record.codes)) == ("deny", codes)
    assert all(reason.zh and reason.en and reason.mender for reason in answer.reasons)
    assert all(reason.zh in answer.message_zh and reason.en in answer.message_en for reason in answer.reasons)
    return answer


def allowed(world: World, **swipe: Any) -> Answer:
    """The swipe opens, on a recorded permit."""
    answer = world.swipe(**swipe)
    assert (answer.allowed, answer.codes) == (True, ())
    assert DecisionRecord.objects.get(ulid=answer.decision).outcome == "permit"
    assert answer.grant is not None
    assert session(answer.grant.gid).decision is not None
    return answer


def evening(now: datetime, hour: int = 21) -> datetime:
    """This day's evening at the school."""
    return now.astimezone(SCHOOL_ZONE).replace(hour=hour).astimezone(now.tzinfo)


# --- the person and the card ---


def test_a_suspended_user_is_refused_until_reinstated(world: World) -> None:
    suspend_user(user=world.alice, reason="unpaid", by=world.people.office, now=world.now)
    refused(world, "user.suspended")
    reinstate_user(user=world.alice, by=world.people.office, now=world.now + SECOND)
    allowed(world, at=world.now + 2 * SECOND)


def test_a_user_whose_registration_ended_is_refused(world: World) -> None:
    end_user(user=world.alice, reason="left", by=world.people.office, now=world.now)
    refused(world, "user.inactive")


def test_a_blocked_card_is_refused_and_a_new_one_opens(world: World) -> None:
    block_card(card=Card.objects.get(user=world.alice), reason="lost", by=world.alice, now=world.now)
    refused(world, "card.blocked")
    issue_card(
        user=world.alice, digest=digest("0455667788"), label="new", by=world.people.office, now=world.now
    )
    allowed(world, uid="0455667788")


def test_an_unknown_card_is_told_that_and_nothing_else(world: World) -> None:
    lock_instrument(instrument=world.sem, reason="leak", by=world.people.teng, now=world.now)
    answer = refused(world, "card.unknown", uid=STRANGE_UID)
    record = DecisionRecord.objects.get(ulid=answer.decision)
    assert record.subject is None
    assert record.sources["booking"]["kind"] == "nobody"


def test_a_card_that_is_not_the_named_users_counts_as_unknown(world: World) -> None:
    answer = world.swipe(user_id=world.people.bob.pk)
    assert "card.unknown" in answer.codes
    assert DecisionRecord.objects.get(ulid=answer.decision).subject == world.people.bob


# --- the instrument ---


def test_a_locked_instrument_is_refused_until_released(world: World) -> None:
    lock = lock_instrument(instrument=world.sem, reason="leak", by=world.people.teng, now=world.now)
    refused(world, "instrument.locked")
    release_lock(lock=lock, by=world.people.teng, now=world.now)
    allowed(world)


def test_an_instrument_out_of_service_is_refused_until_the_outage_ends(world: World) -> None:
    outage = start_outage(
        instrument=world.sem, starts_at=world.now, ends_at=None, reason_zh="换灯丝", by=None, now=world.now
    )
    refused(world, "instrument.out_of_service")
    end_outage(outage=outage, by=None, now=world.now + SECOND)
    allowed(world, at=world.now + 2 * SECOND)


def test_a_retired_instrument_is_refused(world: World) -> None:
    retire_instrument(instrument=world.sem, reason="scrapped", by=None, now=world.now)
    refused(world, "instrument.out_of_service")


def test_an_instrument_not_open_for_own_use_is_refused_until_its_level_is_raised(world: World) -> None:
    change_instrument(instrument=world.sem, by=None, now=world.now, opening_level=2)
    refused(world, "instrument.level")
    change_instrument(instrument=world.sem, by=None, now=world.now, opening_level=5)
    allowed(world)


@pytest.mark.parametrize("effect", ["refuse_new", "locked"])
def test_an_open_incident_refuses_new_uses_until_closed(effect: str, world: World) -> None:
    incident = report_incident(
        instrument=world.sem, effect=effect, description="smell", by=world.people.teng, now=world.now
    )
    refused(world, "incident.open")
    close_incident(incident=incident, by=None, now=world.now)
    allowed(world)


def test_a_hosted_instrument_without_an_agreement_on_record_stays_shut(world: World) -> None:
    Instrument.objects.filter(pk=world.sem.pk).update(hosting="hosted")
    refused(world, "hosting.ended")


def test_external_use_of_a_supervised_instrument_needs_its_registration(world: World) -> None:
    Instrument.objects.filter(pk=world.sem.pk).update(customs_supervised=True, customs_until=None)
    allowed(world)
    verdict = check(
        user=world.people.charlie, instrument=world.sem, at=world.now, now=world.now, asked_by="test"
    )
    assert "customs.external" in verdict.codes
    change_instrument(instrument=world.sem, by=None, now=world.now, external_use_registered=True)
    verdict = check(
        user=world.people.charlie, instrument=world.sem, at=world.now, now=world.now, asked_by="test"
    )
    assert "customs.external" not in verdict.codes


def test_customs_supervision_ends_with_its_date(world: World) -> None:
    Instrument.objects.filter(pk=world.sem.pk).update(
        customs_supervised=True, customs_until=world.now.astimezone(SCHOOL_ZONE).date()
    )
    verdict = check(
        user=world.people.charlie, instrument=world.sem, at=world.now, now=world.now, asked_by="test"
    )
    assert "customs.external" not in verdict.codes


# --- training and safety ---


def test_without_safety_clearance_nobody_uses_anything(world: World) -> None:
    clearance = SafetyClearance.objects.get(user=world.alice)
    revoke_safety_clearance(clearance=clearance, reason="x", by=None, now=world.now)
    refused(world, "safety.none")
    cleared(world.alice, world.now, world.now + YEAR)
    allowed(world)


def test_an_ended_safety_clearance_says_since_when(world: World) -> None:
    SafetyClearance.objects.filter(user=world.alice).update(valid_until=world.now - 3 * DAY)
    answer = refused(world, "safety.expired")
    assert "3 days ago" in answer.message_en
    cleared(world.alice, world.now, world.now + YEAR)
    allowed(world)


def test_a_withdrawn_certificate_is_as_good_as_none(world: World) -> None:
    withdraw_certificate(
        certificate=world.people.certificate, reason="damage", by=world.people.teng, now=world.now
    )
    refused(world, "training.none")
    certified(world, world.alice, "basic")
    allowed(world)


def test_a_suspended_certificate_is_refused_until_reinstated(world: World) -> None:
    suspend_certificate(certificate=world.people.certificate, reason="x", by=world.people.teng, now=world.now)
    refused(world, "training.suspended")
    reinstate_certificate(certificate=world.people.certificate, by=world.people.teng, now=world.now + SECOND)
    allowed(world, at=world.now + 2 * SECOND)


def test_a_certificate_below_the_required_level_is_refused_by_name(world: World) -> None:
    change_instrument(instrument=world.sem, by=None, now=world.now, required_level="advanced")
    answer = refused(world, "training.level")
    assert "basic" in answer.message_en
    assert "advanced" in answer.message_en
    certified(world, world.alice, "advanced")
    allowed(world)


def test_an_expired_certificate_says_for_how_long(world: World) -> None:
    world.people.certificate.valid_until = world.now - 2 * DAY
    world.people.certificate.save()
    answer = refused(world, "training.expired")
    assert "2 days ago" in answer.message_en
    certified(world, world.alice, "basic")
    allowed(world)


# --- the hour ---


def test_the_night_needs_endorsement_and_a_second_person(world: World) -> None:
    night, fund = evening(world.now, 23), world.fund
    endorsement = endorse_night(
        user=world.alice,
        instrument=world.sem,
        valid_from=world.now - DAY,
        valid_until=world.now + YEAR,
        source_case="night:1",
        now=world.now - DAY,
    )
    booked(world.alice, world.sem, night, night + HOUR, fund, world.now)
    verdict = check(user=world.alice, instrument=world.sem, at=night, now=night, asked_by="test")
    assert verdict.codes == ("night.alone",)
    refused(world, "night.alone", uid=None, user_id=world.alice.pk, kind="remote", at=night)
    revoke_night_endorsement(endorsement=endorsement, reason="x", by=None, now=world.now)
    refused(world, "night.endorsement", at=night)


def test_at_night_the_reader_waits_for_the_second_card(world: World) -> None:
    night = _night_booking(world)
    first = allowed(world, at=night).grant
    assert first is not None
    assert first.need2
    for nobody in (STRANGE_UID, "04A1B2C3D4E5F6"):
        refused(world, "night.alone", at=night, kind="second", card2_digest=digest(nobody))
    second = allowed(world, at=night, kind="second", card2_digest=digest(BOBS_UID)).grant
    assert second is not None
    assert not second.need2
    assert session(second.gid).second_user == world.people.bob
    assert session(first.gid).state == "unused"


def test_an_instrument_for_one_person_asks_for_no_second_at_night(world: World) -> None:
    night = _night_booking(world)
    change_instrument(instrument=world.sem, by=None, now=world.now, night_people=1)
    grant = allowed(world, at=night).grant
    assert grant is not None
    assert not grant.need2


def test_an_instrument_closed_at_night_is_refused_to_the_endorsed_too(world: World) -> None:
    night = _night_booking(world)
    change_instrument(instrument=world.sem, by=None, now=world.now, night_self_use=False)
    refused(world, "night.closed", at=night)


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


def test_every_code_of_the_table_that_operations_can_reach_is_made_above() -> None:
    unreachable = {"user.visitor", "instrument.unknown"}  # no such users and states can be made
    with open(__file__, encoding="utf-8") as source:
        text = source.read() + '"node.in_use"'  # made in test_grants
    wanted = {row.code for row in DEFAULT.rows if row.outcome == "deny"} - unreachable
    assert {code for code in wanted if f'"{code}"' not in text} == set()


# --- makers ---


def _night_booking(world: World) -> datetime:
    """Alice is endorsed and has a booking at eleven in the evening, which is returned."""
    endorse_night(
        user=world.alice,
        instrument=world.sem,
        valid_from=world.now - DAY,
        valid_until=world.now + YEAR,
        source_case="night:1",
        now=world.now - DAY,
    )
    assert NightEndorsement.objects.count() == 1
    night = evening(world.now, 23)
    booked(world.alice, world.sem, night, night + HOUR, world.fund, world.now)
    return night


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
