"""The gate estimates by the same prices as the fee room, whatever shape they have."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.billing.operations import own_use_prices
from apps.clearances.facts import gather
from apps.clearances.money import price_model
from apps.clearances.questions import SWIPE, Question
from apps.core.models import CalendarDay
from apps.fees.content import Terms
from apps.fees.operations import ItemDraft, approve_version
from apps.fees.pricing import planned, quote
from apps.fees.queries import price_model as price_of
from apps.fees.queries import tier_of
from apps.instruments.models import Instrument
from tests.domain.clearances.world import DEV, NODE, World
from tests.people import ALICES_UID, digest

pytestmark = pytest.mark.django_db

HOUR = ItemDraft("H", "机时", "Hour", "self", "hour", "internal", 100_00)
EVENING = replace(HOUR, code="E", unit="block", block_start="17:30", block_end="20:30", price_fen=150_00)
LATE = replace(EVENING, code="L", block_start="20:30", block_end="24:00", follows="E", following_rate="0.5")
PERIOD = replace(HOUR, code="P", unit="period", unit_minutes=240)
FURTHER = replace(PERIOD, code="F", unit="further", unit_minutes=120, price_fen=30_00)
TERMS = Terms(minimum_minutes=20, night_rate="0.5", cap_fen=900_00)


@pytest.mark.parametrize(
    ("items", "terms"),
    [
        ([HOUR, EVENING, LATE], TERMS),
        ([PERIOD, FURTHER], TERMS),
        ([HOUR], replace(TERMS, weekend_rate="0.8")),
        ([HOUR], replace(TERMS, weekend_rate="0.8", weekend_night_rate="0.3", cap_fen=None)),
    ],
)
def test_every_shape_is_estimated_as_it_will_be_charged(
    world: World, items: list[ItemDraft], terms: Terms
) -> None:
    CalendarDay.objects.create(day=world.now.date(), is_working=False, name_zh="校庆", name_en="Fair")
    version = approve_version(
        instrument=world.fee.instrument,
        approval_no="QY-2",
        items=items,
        terms=terms,
        valid_from=world.now,
        source_case="import:2",
        now=world.now,
    )
    situation = gather(
        Question(instrument=world.sem, at=world.now, kind=SWIPE, dev=DEV, node=NODE, card=digest(ALICES_UID))
    )
    assert situation.standing is not None
    with CaptureQueriesContext(connection) as queries:
        at_the_gate = price_model(situation.standing)
    assert len(queries) == (terms.weekend_rate != "1")
    assert at_the_gate is not None
    by_the_room = price_of(version, "internal")
    for hours in (1, 7, 30, 75):
        use = planned(world.now, world.now + timedelta(hours=hours))
        assert quote(at_the_gate, use).total_fen == quote(by_the_room, use).total_fen
        assert quote(at_the_gate, use).total_fen > 0


@pytest.mark.parametrize("own_price", [None, 40_00])
def test_the_own_group_pays_its_own_price_from_the_gate_to_the_bill(
    world: World, own_price: int | None
) -> None:
    own = [] if own_price is None else [replace(HOUR, tier="own_group", price_fen=own_price)]
    version = approve_version(
        instrument=world.fee.instrument,
        approval_no="QY-3",
        items=[HOUR, *own],
        terms=replace(TERMS, own_group_rate="0.5"),
        valid_from=world.now,
        source_case="import:3",
        now=world.now,
    )
    Instrument.objects.filter(pk=world.sem.pk).update(management_mode="dedicated", unit=world.people.lab)
    world.sem.refresh_from_db()
    situation = gather(
        Question(instrument=world.sem, at=world.now, kind=SWIPE, dev=DEV, node=NODE, card=digest(ALICES_UID))
    )
    assert situation.standing is not None
    assert situation.tier == tier_of(world.alice, world.sem, world.now) == "own_group"
    assert situation.facts.fee_in_force
    at_the_gate = price_model(situation.standing)
    assert at_the_gate is not None
    hour = planned(world.now, world.now + timedelta(hours=1))
    expected = 50_00 if own_price is None else own_price
    charged = own_use_prices(version, situation.tier, world.now)
    assert charged is not None
    assert quote(at_the_gate, hour).total_fen == quote(charged, hour).total_fen == expected
