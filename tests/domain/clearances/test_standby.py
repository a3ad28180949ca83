"""What a controller may open without asking: decided ahead, one by one, and never for those who must be
seen.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.bookings.operations import cancel_booking
from apps.clearances import gate
from apps.clearances.answers import GrantTerms
from apps.core.models import Fact
from apps.core.outbox import GATEWAY, relay
from apps.decisions.models import DecisionRecord
from apps.funding.operations import spend
from apps.instruments.operations import change_instrument
from apps.instruments.states import close_work_order, open_work_order
from apps.ledger.operations import open_account
from apps.people.models import Card
from apps.people.operations import replace_card, suspend_user
from apps.training.operations import endorse_night
from apps.usage.meter import power_off, power_on
from apps.usage.models import UsageSession
from tests.domain.clearances.world import (
    DAY,
    DEV,
    HOUR,
    LEASE_MS,
    MINUTE,
    NODE,
    OFF_MS,
    World,
    booked,
    session,
    set_parameter,
)
from tests.people import ALICES_UID, TENGS_UID, YEAR, cleared, digest

SECOND = timedelta(seconds=1)


def sync(world: World, at: datetime | None = None, **more: Any) -> tuple[GrantTerms, ...]:
    terms: dict[str, Any] = {
        "dev": DEV,
        "node": NODE,
        "instrument_id": world.sem.pk,
        "lease_ms": LEASE_MS,
        "off_ms": OFF_MS,
        "now": at or world.now,
    }
    return gate.sync_standby(**{**terms, **more})


@pytest.fixture
def practised(world: World) -> World:
    """Alice has used the FE-SEM A by herself before, yesterday."""
    then = world.now - DAY
    booked(world.alice, world.sem, then + MINUTE, then + HOUR, world.fund, then)
    grant = world.swipe(at=then + MINUTE).grant
    assert grant is not None
    for report, odo in ((power_on, 0), (power_off, 60_000)):
        why = {"why": "swipe_out"} if report is power_off else {}
        report(dev=DEV, node=NODE, gid=grant.gid, odo=odo, busy=0, at=then + MINUTE, now=then + HOUR, **why)  # type: ignore[arg-type]
    return world


def test_a_coming_booking_is_made_ready_on_a_recorded_permit(practised: World) -> None:
    world = practised
    [terms] = sync(world)
    row = session(terms.gid)
    assert (terms.kind, terms.card, terms.off_ms, terms.need2) == (
        "standby",
        digest(ALICES_UID),
        OFF_MS,
        False,
    )
    assert (terms.not_before, terms.expires_at) == (world.booking.start, world.booking.end)
    assert (row.state, row.kind, row.booking, row.user) == ("standby", "standby", world.booking, world.alice)
    assert row.decision is not None
    assert (row.decision.outcome, row.decision.asked_by) == ("permit", f"standby:{DEV}/{NODE}")


def test_asking_again_keeps_what_is_there_and_records_nothing(practised: World) -> None:
    first = sync(practised)
    before = DecisionRecord.objects.count()
    assert sync(practised, practised.now + MINUTE) == first
    assert DecisionRecord.objects.count() == before


def test_a_first_unsupervised_use_is_never_made_ready(world: World) -> None:
    assert sync(world) == ()
    assert UsageSession.objects.count() == 0


def test_a_node_that_must_not_run_without_contact_holds_none(practised: World) -> None:
    [terms] = sync(practised)
    assert sync(practised, off_ms=0) == ()
    assert session(terms.gid).state == "unused"
    assert gate.revoked(DEV, practised.now) == (terms.gid,)


def test_only_bookings_within_the_horizon_are_made_ready(practised: World) -> None:
    world, start = practised, practised.now + 13 * HOUR - 10 * HOUR  # one in the afternoon
    booked(world.alice, world.sem, start, start + HOUR, world.fund, world.now)
    assert len(sync(world)) == 2
    set_parameter("access.standby_horizon_hours", 2, world.now)
    assert [terms.not_before for terms in sync(world, world.now + SECOND)] == [world.booking.start]


def test_a_cancelled_booking_and_a_new_card_change_what_is_ready(practised: World) -> None:
    world = practised
    [old] = sync(world)
    card = Card.objects.get(user=world.alice)
    replace_card(card=card, digest=digest("0455667788"), label="new", by=world.people.office, now=world.now)
    [new] = sync(world)
    assert (new.card, session(old.gid).state) == (digest("0455667788"), "unused")
    cancel_booking(booking=world.booking, by=world.alice, now=world.now)
    assert sync(world) == ()
    assert session(new.gid).state == "unused"


def test_a_fact_takes_back_what_was_made_ready(practised: World) -> None:
    world = practised
    relay(channel=GATEWAY, now=world.now, limit=1000)
    [terms] = sync(world)
    suspend_user(user=world.alice, reason="x", by=world.people.office, now=world.now)
    relay(channel=GATEWAY, now=world.now, limit=1000)
    assert session(terms.gid).state == "unused"
    assert Fact.objects.get(name="clearances.revoked").payload["codes"] == ["user.suspended"]
    assert sync(world) == ()


def test_whoever_is_in_arrears_must_ask(practised: World) -> None:
    world, long_ago = practised, practised.now - 40 * DAY
    income = open_account(code="income:old", kind="income", name_zh="收入", name_en="Income")
    spend(
        fund=world.fund,
        user=world.alice,
        amount_fen=10_000_01,
        to=income,
        source="old",
        memo="",
        now=long_ago,
    )
    change_instrument(instrument=world.sem, by=None, now=world.now, use_charged=False)
    assert world.swipe().allowed  # past its due date, but not yet barred
    assert sync(world) == ()


def test_the_night_is_made_ready_for_two_cards_only(practised: World) -> None:
    world = practised
    endorse_night(
        user=world.alice,
        instrument=world.sem,
        valid_from=world.now - DAY,
        valid_until=world.now + YEAR,
        source_case="night:1",
        now=world.now - DAY,
    )
    night = world.now + 13 * HOUR  # eleven in the evening
    booked(world.alice, world.sem, night, night + HOUR, world.fund, world.now)
    ready = {terms.not_before: terms.need2 for terms in sync(world, world.now + 90 * MINUTE)}
    assert ready == {world.now + 90 * MINUTE: False, night: True}


def test_the_crews_cards_are_ready_while_a_work_order_is_open(world: World) -> None:
    cleared(world.people.teng, world.now - DAY, world.now + YEAR)
    order = open_work_order(instrument=world.sem, summary="filament", by=world.people.teng, now=world.now)
    [terms] = sync(world)
    assert terms.card == digest(TENGS_UID)
    assert session(terms.gid).purpose == "maintenance"
    assert terms.expires_at <= world.now + 12 * HOUR
    [renewed] = sync(world, world.now + 7 * HOUR)
    assert renewed.gid != terms.gid
    close_work_order(work_order=order, by=world.people.teng, now=world.now + 7 * HOUR)
    assert sync(world, world.now + 7 * HOUR) == ()


def test_never_more_than_thirty_two_are_ready(practised: World) -> None:
    world = practised
    change_instrument(instrument=world.sem, by=None, now=world.now, use_charged=False)
    for number in range(33):
        begin = world.booking.end + number * 10 * MINUTE
        booked(world.alice, world.sem, begin, begin + 10 * MINUTE, world.fund, world.now)
    ready = sync(world)
    assert len(ready) == 32
    assert ready[0].not_before == world.booking.start


def test_a_confirmed_booking_tells_whoever_keeps_controllers_ready(world: World) -> None:
    relay(channel=GATEWAY, now=world.now, limit=1000)
    told = Fact.objects.filter(name="clearances.standby_changed")
    assert told.exists()
    assert {fact.payload["instrument"] for fact in told} == {world.sem.ulid}
