"""What a grant is made of: until when, for whom, on which node, and that nobody else gets it at the same
time.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.bookings.operations import cancel_booking
from apps.clearances.answers import Answer
from apps.clearances.facts import gather
from apps.clearances.gate import check, live_views, may_operate, session_view
from apps.clearances.money import price_model
from apps.clearances.questions import SWIPE, Question
from apps.core.errors import Invalid
from apps.core.models import Fact
from apps.decisions.models import DecisionRecord
from apps.fees.queries import price_model as price_of
from apps.instruments.operations import change_instrument
from apps.instruments.states import start_outage
from apps.people.models import Card
from apps.people.operations import suspend_user
from apps.training.operations import endorse_night
from apps.usage.meter import power_off, power_on
from apps.usage.models import UsageSession
from tests.domain.clearances.world import (
    DEV,
    HOUR,
    LEASE_MS,
    MINUTE,
    NODE,
    World,
    booked,
    certified,
    session,
    set_parameter,
    walk_in,
)
from tests.people import ALICES_UID, BOBS_UID, STRANGE_UID, TENGS_UID, digest

SECOND = timedelta(seconds=1)


def question(world: World, **more: Any) -> Question:
    return Question(
        **{
            "instrument": world.sem,
            "at": world.now,
            "kind": SWIPE,
            "dev": DEV,
            "node": NODE,
            "card": digest(ALICES_UID),
            **more,
        }
    )


# --- the terms ---


def test_a_grant_names_session_card_booking_fund_fee_and_end(world: World) -> None:
    answer = world.swipe(idle_ms=900_000)
    grant = answer.grant
    assert grant is not None
    assert (grant.not_before, grant.expires_at) == (world.now, world.booking.end)
    assert (grant.card, grant.lease_ms, grant.off_ms) == (digest(ALICES_UID), LEASE_MS, 0)
    assert (grant.idle_ms, grant.warn_s, grant.need2, grant.kind) == (900_000, (600, 120), False, "session")
    row = session(grant.gid)
    assert (row.user, row.booking, row.fund, row.fee_version) == (
        world.alice,
        world.booking,
        world.fund,
        world.fee,
    )
    assert (row.state, row.purpose, row.tier) == ("granted", "booking", "internal")
    assert row.decision is not None
    assert row.decision.ulid == answer.decision
    assert answer.message_en == "Unlocked until 12:00"


def test_the_estimate_prices_what_the_fee_room_would_price(world: World) -> None:
    situation = gather(question(world))
    assert situation.standing is not None
    assert price_model(situation.standing) == price_of(world.fee, "internal")
    assert situation.facts.estimated_cost_fen == world.booking.estimated_fen


def test_a_denial_never_touches_the_running_session(world: World) -> None:
    certified(world, world.people.bob)
    grant = world.swipe().grant
    assert grant is not None
    power_on(dev=DEV, node=NODE, gid=grant.gid, odo=0, busy=0, at=world.now, now=world.now)
    before = UsageSession.objects.values().get()
    for uid in (BOBS_UID, STRANGE_UID, ALICES_UID):
        assert not world.swipe(uid).allowed
    assert UsageSession.objects.values().get() == before


def test_a_node_in_use_is_refused_until_the_other_is_done(world: World) -> None:
    certified(world, world.people.bob)
    walk_in(world)
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)
    grant = world.swipe().grant
    assert grant is not None
    power_on(dev=DEV, node=NODE, gid=grant.gid, odo=0, busy=0, at=world.now, now=world.now)
    assert world.swipe(BOBS_UID).codes == ("node.in_use",)
    later = world.now + MINUTE
    power_off(dev=DEV, node=NODE, gid=grant.gid, odo=60_000, busy=0, at=later, why="swipe_out", now=later)
    assert world.swipe(BOBS_UID, at=later).allowed


def test_an_own_grant_never_switched_on_gives_way_to_a_new_one(world: World) -> None:
    first, second = world.swipe().grant, world.swipe().grant
    assert first is not None
    assert second is not None
    assert (session(first.gid).state, session(second.gid).state) == ("unused", "granted")


def test_a_grant_of_another_that_nobody_switched_on_is_forgotten_in_time(world: World) -> None:
    certified(world, world.people.bob)
    walk_in(world)
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)
    assert world.swipe().allowed
    assert world.swipe(BOBS_UID, at=world.now + 119 * SECOND).codes == ("node.in_use",)
    assert world.swipe(BOBS_UID, at=world.now + 120 * SECOND).allowed


def test_one_booking_opens_every_node_of_its_instrument_for_its_user(world: World) -> None:
    assert world.swipe().allowed
    assert world.swipe(node=2).allowed
    assert UsageSession.objects.filter(state="granted", booking=world.booking).count() == 2


def test_an_unknown_kind_of_question_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        world.swipe(kind="magic")
    assert refusal.value.code == "access.kind"


def test_a_person_let_in_without_a_card_may_end_the_use_with_the_one_she_has(world: World) -> None:
    grant = world.swipe(None, user_id=world.alice.pk, kind="remote").grant
    assert grant is not None
    assert (grant.card, grant.kind) == (digest(ALICES_UID), "remote")
    # The permission does not stand on the card: it may be blocked without ending the use.
    assert session(grant.gid).card_digest == ""
    power_on(dev=DEV, node=NODE, gid=grant.gid, odo=0, busy=0, at=world.now, now=world.now)
    longer = extend(world, world.booking.end - 5 * MINUTE).grant
    assert longer is not None
    assert (longer.gid, longer.card) == (grant.gid, digest(ALICES_UID))


def test_a_person_without_any_card_may_be_let_in_too(world: World) -> None:
    Card.objects.filter(user=world.alice).update(revoked_at=world.now - SECOND)
    grant = world.swipe(None, user_id=world.alice.pk, kind="checkin").grant
    assert grant is not None
    assert (grant.card, grant.kind) == (None, "checkin")


def test_an_own_use_is_told_from_that_of_another(world: World) -> None:
    running(world)
    answer = world.swipe()
    assert answer.codes == ("node.own_use",)
    assert answer.reasons[0].mender == "self"
    assert "already" in answer.message_en


# --- until when ---


def ends_by(world: World, **swipe: Any) -> tuple[datetime, str]:
    verdict = check(
        user=world.alice,
        instrument=world.sem,
        at=swipe.get("at", world.now),
        now=world.now,
        purpose=swipe.get("purpose"),
        asked_by="test",
    )
    assert verdict.allowed, verdict.codes
    assert verdict.until is not None
    return verdict.until, verdict.until_reason


def test_a_booking_ends_with_itself(world: World) -> None:
    assert ends_by(world) == (world.booking.end, "booking_end")


def test_the_longest_session_of_the_instrument_ends_it(world: World) -> None:
    change_instrument(instrument=world.sem, by=None, now=world.now, max_session_minutes=30)
    assert ends_by(world) == (world.now + 30 * MINUTE, "max_session")


def test_a_planned_outage_ends_it(world: World) -> None:
    start = world.now + 45 * MINUTE
    start_outage(
        instrument=world.sem, starts_at=start, ends_at=None, reason_zh="停电", by=None, now=world.now
    )
    assert ends_by(world) == (start, "outage")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("training_certificate", "certificate_end"),
        ("training_safetyclearance", "safety_end"),
        ("people_membership", "membership_end"),
        ("funding_fundaccount", "fund_end"),
        ("fees_feeversion", "fee_end"),
        ("people_user", "user_end"),
    ],
)
def test_whatever_it_rests_on_ends_it(table: str, reason: str, world: World) -> None:
    end = world.now + 50 * MINUTE
    moment = connection.ops.adapt_datetimefield_value(end)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET valid_until = %s", [moment])  # noqa: S608 - a table of the list above
    assert ends_by(world) == (end, reason)


def test_a_walk_in_ends_at_the_next_booking_or_its_own_limit(world: World) -> None:
    certified(world, world.people.bob)
    walk_in(world)
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)
    assert ends_by(world) == (world.now + 4 * HOUR, "walk_in_max")
    start = world.now + 3 * HOUR
    booked(world.people.bob, world.sem, start, start + HOUR, world.fund, world.now)
    assert ends_by(world) == (start, "next_booking")


def test_the_night_ends_it_for_those_who_may_not_stay(world: World) -> None:
    start = world.now + 10 * HOUR  # eight in the evening
    booked(world.alice, world.sem, start, start + 2 * HOUR, world.fund, world.now)
    change_instrument(instrument=world.sem, by=None, now=world.now, night_people=1)
    set_parameter("access.night_start_hour", 21, world.now)
    assert ends_by(world, at=start) == (start + HOUR, "night_start")
    endorse_night(
        user=world.alice,
        instrument=world.sem,
        valid_from=world.now,
        valid_until=start + 90 * MINUTE,
        source_case="night:1",
        now=world.now,
    )
    assert ends_by(world, at=start) == (start + 90 * MINUTE, "endorsement_end")


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(minutes=st.integers(-30, 150), uid=st.sampled_from([ALICES_UID, BOBS_UID, TENGS_UID, STRANGE_UID]))
def test_what_is_allowed_stands_on_a_permit_and_ends_after_it_begins(
    world: World, minutes: int, uid: str
) -> None:
    with transaction.atomic():
        answer = world.swipe(uid, at=world.now + minutes * MINUTE)
        record = DecisionRecord.objects.get(ulid=answer.decision)
        assert (record.outcome == "permit") == answer.allowed == (answer.grant is not None)
        if answer.grant is not None:
            assert answer.grant.not_before < answer.grant.expires_at <= world.booking.end
            assert session(answer.grant.gid).decision == record
        transaction.set_rollback(True)


# --- extension ---


def running(world: World) -> UsageSession:
    grant = world.swipe().grant
    assert grant is not None
    power_on(dev=DEV, node=NODE, gid=grant.gid, odo=0, busy=0, at=world.now, now=world.now)
    return session(grant.gid)


def extend(world: World, at: datetime) -> Answer:
    return world.swipe(None, user_id=world.alice.pk, kind="extend", at=at)


def test_an_extension_adds_half_an_hour_when_the_next_slot_is_free(world: World) -> None:
    use = running(world)
    near = world.booking.end - 5 * MINUTE
    grant = extend(world, near).grant
    assert grant is not None
    assert (grant.gid, grant.card) == (use.gid, use.card_digest)
    assert grant.expires_at == world.booking.end + 30 * MINUTE
    assert session(use.gid).expires_at == grant.expires_at
    assert Fact.objects.get(name="clearances.extended").payload["session"] == use.gid


def test_an_extension_stops_at_the_next_booking_and_is_refused_when_that_is_now(world: World) -> None:
    certified(world, world.people.bob)
    running(world)
    end = world.booking.end
    booked(world.people.bob, world.sem, end + 10 * MINUTE, end + HOUR, world.fund, world.now)
    grant = extend(world, end - MINUTE).grant
    assert grant is not None
    assert grant.expires_at == end + 10 * MINUTE
    assert extend(world, end - MINUTE).codes == ("access.too_short",)


def test_an_extension_is_refused_to_others_and_to_nothing(world: World) -> None:
    assert extend(world, world.now).codes == ("node.in_use",)
    running(world)
    certified(world, world.people.bob)
    answer = world.swipe(None, user_id=world.people.bob.pk, kind="extend")
    assert "node.in_use" in answer.codes


def test_an_extension_asks_every_condition_again(world: World) -> None:
    use = running(world)
    suspend_user(user=world.alice, reason="x", by=world.people.office, now=world.now)
    assert extend(world, world.now + MINUTE).codes == ("user.suspended",)
    assert session(use.gid).expires_at == world.booking.end


# --- who holds a node ---


def test_the_view_of_a_node_names_who_and_until_when(world: World, django_assert_num_queries: Any) -> None:
    assert session_view(DEV, NODE) is None
    use = running(world)
    with django_assert_num_queries(1):
        view = session_view(DEV, NODE)
    assert view is not None
    assert (view.gid, view.user_zh, view.user_en, view.card) == (use.gid, "艾丽", "Alice", use.card_digest)
    assert (view.state, view.expires_at, view.opened_at) == ("open", world.booking.end, world.now)
    assert view.leases(world.now)
    assert not view.leases(world.booking.end)
    with django_assert_num_queries(1):
        assert live_views() == {(DEV, NODE): view}


def test_the_crew_may_operate_for_others_and_users_may_not(world: World) -> None:
    people = world.people
    for user, may in ((people.teng, True), (people.olga, True), (people.office, True), (people.alice, False)):
        assert may_operate(user_id=user.pk, instrument_id=world.sem.pk, at=world.now) is may


# --- six queries, two gateways ---


@pytest.mark.parametrize(("uid", "most"), [(ALICES_UID, 5), (BOBS_UID, 5), (STRANGE_UID, 2)])
def test_the_facts_take_at_most_six_queries_with_the_instrument(uid: str, most: int, world: World) -> None:
    gather(question(world))  # the first time on a connection prepares the statements
    with CaptureQueriesContext(connection) as queries:
        gather(question(world, card=digest(uid)))
    assert len(queries) == most  # and one for the instrument's row
