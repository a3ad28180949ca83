"""What the bench compares the what-if with says the same as the what-if, whatever the night costs."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.fees.content import Sheet, Terms
from apps.reports.whatif import what_if
from bench.byhand import uses_by_hand
from tests.factories.fees import SEM_ITEM, priced_at, sheet
from tests.factories.money import funded
from tests.factories.usage import Past, past_uses
from tests.people import People, gather

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TERMS = Terms(minimum_minutes=15)
YEAR = 365


@pytest.fixture
def people(now: datetime) -> People:
    return gather(now)


def _uses(people: People, now: datetime) -> list[Past]:
    """Uses of up to four hours at every hour of the day; the same ones every time."""
    drawn = random.Random(20261126)  # noqa: S311 - reproducible, nothing secret
    purse = funded(people.group, now - 400 * DAY)
    return [
        Past(
            now - timedelta(seconds=drawn.randrange(360 * 86_400)),
            drawn.randrange(1, 240 * 60) * 1000,
            people.alice,
            purse,
            drawn.choice(("internal", "external_academic", "enterprise")),
        )
        for _number in range(80)
    ]


def _by_hand(people: People, before: Sheet, proposed: Sheet, now: datetime) -> list[Sequence[Any]]:
    adapt = connection.ops.adapt_datetimefield_value
    asked = {"instrument": people.sem.pk, "since": adapt(now - YEAR * DAY), "at": adapt(now)}
    with connection.cursor() as cursor:
        cursor.execute(uses_by_hand(before, proposed, connection.vendor), asked)
        return list(cursor.fetchall())


@pytest.mark.parametrize(
    ("old_rate", "new_rate"), [("1", "1"), ("0.5", "0.5"), ("1", "0.5"), ("0.3", "1"), ("1.25", "0.8")]
)
def test_both_sides_say_the_same(old_rate: str, new_rate: str, people: People, now: datetime) -> None:
    past_uses(people.sem, _uses(people, now))
    before = sheet(people.sem, terms=replace(TERMS, night_rate=old_rate))
    dearer = priced_at(SEM_ITEM, internal=300_00)
    proposed = sheet(people.sem, dearer, terms=replace(TERMS, night_rate=new_rate))
    ours = what_if(instrument=people.sem, before=before, sheet=proposed, at=now, days=YEAR)
    rows = _by_hand(people, before, proposed, now)
    assert sum(row[2] for row in rows) == ours.uses == 80
    assert sum(row[3] for row in rows) == ours.powered_ms
    bills = {bill.key: bill for bill in ours.tiers}
    assert {row[0] for row in rows} == set(bills)
    for tier, _fund, uses, _powered, old, new in rows:
        assert bills[tier].uses == uses
        assert abs(bills[tier].old_fen - old) <= 1, tier
        assert abs(bills[tier].new_fen - new) <= 1, tier


def test_the_night_is_only_measured_where_it_has_a_price(people: People) -> None:
    plain, night = (sheet(people.sem, terms=replace(TERMS, night_rate=rate)) for rate in ("1", "0.5"))
    vendor = connection.vendor
    assert "night" not in uses_by_hand(plain, plain, vendor)
    assert "night" in uses_by_hand(plain, night, vendor)


@pytest.mark.parametrize(
    "terms",
    [replace(TERMS, weekend_rate="1.5"), replace(TERMS, cap_fen=1), replace(TERMS, minimum_minutes=1)],
)
def test_what_the_statement_by_hand_does_not_know_is_no_comparison(terms: Terms, people: People) -> None:
    with pytest.raises(RuntimeError):
        uses_by_hand(sheet(people.sem, terms=terms), sheet(people.sem, terms=TERMS), connection.vendor)
