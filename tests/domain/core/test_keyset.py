"""Pages by keyset: nothing twice, nothing left out, and a cursor that nobody makes up."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.core.errors import Invalid
from apps.core.keyset import slice_of
from apps.core.models import Delivery, Fact
from tests.factories.refusals import refused

START = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
ORDER = ("-happened_at", "-id")


def _facts(minutes: list[int]) -> list[Fact]:
    return [
        Fact.objects.create(name="t", payload={}, happened_at=START + timedelta(minutes=at)) for at in minutes
    ]


def _walk(size: int, order: tuple[str, ...] = ORDER) -> list[Fact]:
    found, cursor = [], ""
    while True:
        part = slice_of(Fact.objects.all(), order=order, size=size, cursor=cursor)
        found += part.rows
        if not part.next:
            return found
        assert len(part.rows) == size
        cursor = part.next


class Walking(TestCase):
    """Whatever the list: walking it by pages is reading it."""

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 5))
    def test_pages_together_are_the_list(self, minutes: list[int], size: int) -> None:
        made = _facts(minutes)
        down = sorted(made, key=lambda fact: (fact.happened_at, fact.pk), reverse=True)
        assert _walk(size) == down
        assert _walk(size, ("happened_at", "id")) == down[::-1]


def test_a_row_that_is_added_meanwhile_shifts_nothing(db: None) -> None:
    first, second, third = _facts([1, 2, 3])
    part = slice_of(Fact.objects.all(), order=ORDER, size=2)
    assert part.rows == [third, second]
    _facts([9])
    assert slice_of(Fact.objects.all(), order=ORDER, size=2, cursor=part.next).rows == [first]


def test_it_walks_through_relations(db: None) -> None:
    for fact in _facts([2, 1]):
        Delivery.objects.create(fact=fact, subscriber="s", channel="c", due_at=START)
    part = slice_of(Delivery.objects.select_related("fact"), order=("fact__happened_at", "id"), size=1)
    rest = slice_of(
        Delivery.objects.select_related("fact"), order=("fact__happened_at", "id"), size=5, cursor=part.next
    )
    assert [one.fact.happened_at for one in (*part.rows, *rest.rows)] == [
        START + timedelta(minutes=1),
        START + timedelta(minutes=2),
    ]


def test_a_cursor_is_for_its_own_order_and_is_not_made_up(db: None) -> None:
    _facts([1, 2, 3])
    cursor = slice_of(Fact.objects.all(), order=ORDER, size=1).next
    for order, given_ in (
        (("happened_at", "id"), cursor),
        (("-id",), cursor),
        (ORDER, cursor[:-1]),
        (ORDER, "x"),
        (ORDER, "\0"),
        (ORDER, "é" * 99),
    ):
        with refused(Invalid, "core.cursor"):
            slice_of(Fact.objects.all(), order=order, size=1, cursor=given_)


def test_an_order_that_mixes_directions_is_a_mistake_of_ours(db: None) -> None:
    with pytest.raises(ValueError, match="mixed"):
        slice_of(Fact.objects.all(), order=("-happened_at", "id"), size=1)
