"""Queries that are built once answer as if they were built each time."""

from datetime import date, datetime, timedelta

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from apps.core.models import CalendarDay, ParameterValue
from apps.core.prepared import Prepared

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def value(key: str, value: object, since: datetime) -> None:
    ParameterValue.objects.create(key=key, value=value, valid_from=since)


VALUES = Prepared(
    lambda keys, at: (
        ParameterValue.objects.filter(key__in=keys, valid_from__lte=at)
        .order_by("key", "valid_from")
        .values_list("key")
    )
)


def test_each_question_is_asked_with_its_own_arguments(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    value("a", 1, now - DAY)
    value("a", 2, now + DAY)
    value("b", 3, now)
    with django_assert_num_queries(4):
        assert VALUES.rows(keys=("a",), at=now) == [("a",)]
        assert VALUES.rows(keys=("a",), at=now + DAY) == [("a",), ("a",)]
        assert VALUES.rows(keys=("b", "a"), at=now) == [("a",), ("b",)]
        assert VALUES.rows(keys=("c", "a'; --"), at=now) == []


def test_the_same_argument_twice_and_days(now: datetime) -> None:
    CalendarDay.objects.create(day=date(2026, 12, 1), is_working=False, name_zh="休", name_en="Off")
    on = Prepared(
        lambda day, other: CalendarDay.objects.filter(day__gte=day, day__lte=other).values_list("pk")
    )
    first = date(2026, 12, 1)
    assert len(on.rows(day=first, other=first)) == 1
    assert on.rows(day=first + DAY, other=first) == []


def test_an_argument_that_does_not_reach_the_sql_is_refused(now: datetime) -> None:
    def careless(at: datetime) -> QuerySet[ParameterValue, tuple[str]]:
        return ParameterValue.objects.filter(valid_from__lte=at + DAY).values_list("key")

    with pytest.raises(ValueError, match="as it was given"):
        Prepared(careless).rows(at=now)


def test_sql_is_built_once_for_each_shape_of_arguments(now: datetime) -> None:
    built = []

    def build(keys: tuple[str, ...]) -> QuerySet[ParameterValue, tuple[str]]:
        built.append(len(keys))
        return ParameterValue.objects.filter(key__in=keys).values_list("key")

    query = Prepared(build)
    for keys in (("a",), ("b",), ("a", "b"), ("c", "d"), ("e",)):
        query.rows(keys=keys)
    assert built == [1, 2]
