"""The gate opens for a sample run when a sample is here that may be run, and for the crew alone; the use
belongs to the run, and costs nobody by the hour.
"""

from datetime import timedelta

import pytest

from apps.billing.models import Charge
from apps.clearances.gate import check, reevaluate
from apps.core.outbox import GATEWAY, WORKER, relay
from apps.samples.models import RunSession, SampleRequest
from apps.samples.queueing import hold_sample, resume_sample
from apps.samples.testing import record_result, start_run
from apps.usage.meter import power_off, power_on
from apps.usage.models import UsageSession
from tests import people
from tests.domain.clearances.world import DEV, NODE, NOW, World, open_world
from tests.factories.facts import told
from tests.factories.samples import Lab, offered, priced_by_sample, samples_of
from tests.people import TENGS_UID

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
RUN = "sample_run"


@pytest.fixture
def world(db: None) -> World:
    found = open_world(NOW)
    people.cleared(found.people.teng, NOW - timedelta(days=1), NOW + timedelta(days=365))
    return found


@pytest.fixture
def place(world: World) -> Lab:
    """The same day with a service: its price by the sample takes the place of that by the hour."""
    from_now = world.now
    world.fee.revoked_at = from_now
    world.fee.save(update_fields=["revoked_at"])
    priced_by_sample(world.sem, from_now)
    return Lab(world.people, offered(world.sem, from_now), world.fund, from_now)


def _codes(world: World) -> tuple[str, ...]:
    answer = world.swipe(TENGS_UID, at=world.booking.end + MINUTE, purpose=RUN)
    return tuple(code for code in answer.codes if code.startswith("sample."))


def test_no_sample_no_run(world: World, place: Lab) -> None:
    assert _codes(world) == ("sample.state",)
    place.submitted(1)
    place.confirmed(1)
    assert _codes(world) == ("sample.state",)
    place.received(1)
    assert _codes(world) == ()


def test_a_sample_that_waits_for_something_opens_nothing(world: World, place: Lab) -> None:
    [sample] = samples_of(place.received(1))
    hold_sample(sample=sample, reason="unclear", by=place.they.olga, now=place.now)
    assert _codes(world) == ("sample.state",)
    resume_sample(sample=sample, by=place.they.olga, now=place.now)
    assert _codes(world) == ()


def test_a_sample_opens_its_own_instrument_for_the_crew_only(world: World, place: Lab) -> None:
    place.received(1)
    later = world.booking.end + MINUTE
    said = check(
        user=world.alice, instrument=world.sem, at=later, now=world.now, asked_by="test", purpose=RUN
    )
    assert "sample.operator" in said.codes
    SampleRequest.objects.update(instrument=None, state="submitted")
    assert _codes(world) == ("sample.state",)


def test_the_use_belongs_to_the_run_and_costs_nobody_by_the_hour(world: World, place: Lab) -> None:
    request = place.received(1)
    later = world.booking.end + MINUTE
    run = start_run(instrument=world.sem, samples=samples_of(request), by=place.they.teng, now=later)
    answer = world.swipe(TENGS_UID, at=later, purpose=RUN)
    assert answer.allowed, answer.codes
    assert answer.grant is not None
    gid = answer.grant.gid
    power_on(dev=DEV, node=NODE, gid=gid, odo=0, busy=0, at=later, now=later)
    relay(channel=WORKER, now=later)
    assert RunSession.objects.get().run == run
    record_result(sample=samples_of(request)[0], summary="a", by=place.they.teng, now=later)
    # The last sample is tested: the instrument still runs until whoever runs it ends it.
    reevaluate(now=later + MINUTE, instrument_id=world.sem.pk)
    assert UsageSession.objects.get(ulid=gid).revoked_at is None
    end = later + 30 * MINUTE
    power_off(dev=DEV, node=NODE, gid=gid, odo=1_800_000, busy=900_000, at=end, now=end, why="swipe")
    relay(channel=WORKER, now=end)
    assert RunSession.objects.get().powered_ms == 1_800_000
    charge = Charge.objects.get()
    assert (charge.amount_fen, charge.lines[0]["code"]) == (0, "billing.free_purpose")


def test_a_sample_that_comes_wakes_the_stand_by_grants(world: World, place: Lab) -> None:
    before = len(told("clearances.standby_changed"))
    place.received(1)
    relay(channel=GATEWAY, now=place.now, limit=500)
    assert len(told("clearances.standby_changed")) > before
