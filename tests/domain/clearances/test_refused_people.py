"""Refused at the reader because of the person, the card, the instrument, the training or the hour. Each
situation is made by operations, the answer names exactly its code, and mending it opens.
"""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from apps.clearances.gate import check
from apps.core.clock import SCHOOL_ZONE
from apps.decisions.models import DecisionRecord
from apps.instruments.models import Instrument
from apps.instruments.operations import change_instrument, retire_instrument
from apps.instruments.states import (
    close_incident,
    end_outage,
    lock_instrument,
    release_lock,
    report_incident,
    start_outage,
)
from apps.people.models import Card, User
from apps.people.operations import (
    block_card,
    end_user,
    issue_card,
    lift_visitor,
    reinstate_user,
    suspend_user,
)
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
from tests.domain.clearances.refusing import allowed, refused
from tests.domain.clearances.world import (
    DAY,
    HOUR,
    World,
    booked,
    certified,
    session,
)
from tests.factories.opening import at_level
from tests.people import (
    BOBS_UID,
    STRANGE_UID,
    YEAR,
    cleared,
    digest,
)

SECOND = timedelta(seconds=1)


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
    refused(world, "user.inactive", "card.blocked", "fund.none")  # card and group have ended with it


def test_a_visitor_operates_nothing_until_the_safety_exam_is_passed(world: World) -> None:
    User.objects.filter(pk=world.alice.pk).update(full_from=None)
    refused(world, "user.visitor")
    lift_visitor(user=world.alice, now=world.now + SECOND)
    refused(world, "user.visitor")
    allowed(world, at=world.now + SECOND)


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
    at_level(world.sem, 2, world.now)
    refused(world, "instrument.level")
    at_level(world.sem, 5, world.now)
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


def test_every_code_of_the_table_that_operations_can_reach_has_its_test() -> None:
    unreachable = {"user.visitor", "instrument.unknown"}  # no such users and states can be made
    text = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    wanted = {row.code for row in DEFAULT.rows if row.outcome == "deny"} - unreachable
    assert {code for code in wanted if f'"{code}"' not in text} == set()


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
