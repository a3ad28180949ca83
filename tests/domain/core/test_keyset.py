"""Pages by keyset: nothing twice, nothing left out, and a cursor that nobody makes up."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from apps.core.errors import Invalid
from apps.core.keyset import Slice, slice_of
from apps.core.models import Delivery, Fact
from tests.factories.refusals import refused

START = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
ORDER = ("-happened_at", "-id")


def _facts(minutes: list[int]) -> list[Fact]:
    return [
        Fact.objects.create(name="t", payload={}, happened_at=START + timedelta(minutes=at)) for at in minutes
    ]


def _pages(size: int, order: tuple[str, ...] = ORDER) -> list[Slice[Fact]]:
    found = [slice_of(Fact.objects.all(), order=order, size=size)]
    while found[-1].next:
        assert len(found[-1].rows) == size
        found.append(slice_of(Fact.objects.all(), order=order, size=size, cursor=found[-1].next))
    return found


def _walk(size: int, order: tuple[str, ...] = ORDER) -> list[Fact]:
    return [row for page in _pages(size, order) for row in page.rows]


class Walking(TestCase):
    """Whatever the list: walking it by pages is reading it."""

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 5))
    def test_it_is_walked_back_as_it_was_walked(self, minutes: list[int], size: int) -> None:
        _facts(minutes)
        for order in (ORDER, ("happened_at", "id")):
            pages = _pages(size, order)
            assert pages[0].previous == ""
            for before, page in pairwise(pages):
                back = slice_of(Fact.objects.all(), order=order, size=size, cursor=page.previous)
                assert back.rows == before.rows
                assert bool(back.previous) is bool(before.previous)
                again = slice_of(Fact.objects.all(), order=order, size=size, cursor=back.next)
                assert again.rows == page.rows

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


def test_back_at_the_beginning_is_the_first_page_whatever_was_added_meanwhile(db: None) -> None:
    _facts([1, 2, 3, 4])
    second = slice_of(Fact.objects.all(), order=ORDER, size=2, cursor=_pages(2)[0].next)
    [new] = _facts([9])
    back = slice_of(Fact.objects.all(), order=ORDER, size=2, cursor=second.previous)
    assert [one.happened_at.minute for one in back.rows] == [4, 3]  # what was seen, nothing shifted
    first = slice_of(Fact.objects.all(), order=ORDER, size=2, cursor=back.previous)
    assert first.rows[0] == new  # one row alone before it: the first page is whole
    assert (len(first.rows), first.previous) == (2, "")
    assert slice_of(Fact.objects.all(), order=ORDER, size=2, cursor=first.next).rows[0] == back.rows[1]


def test_a_page_back_costs_one_query(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _facts(list(range(9)))
    third = _pages(3)[2]
    with django_assert_num_queries(1):
        second = slice_of(Fact.objects.all(), order=ORDER, size=3, cursor=third.previous)
    with django_assert_num_queries(1):
        slice_of(Fact.objects.all(), order=ORDER, size=3, cursor=second.previous)


def test_back_before_rows_that_have_left_is_the_first_page(db: None) -> None:
    _facts([1, 2])
    second = slice_of(Fact.objects.all(), order=ORDER, size=1, cursor=_pages(1)[0].next)
    left = Fact.objects.filter(happened_at__lt=START + timedelta(minutes=2))
    back = slice_of(left, order=ORDER, size=1, cursor=second.previous)
    assert (back.rows, back.next, back.previous) == (list(left), "", "")


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
