"""Statements that are built once do what they would do if they were built each time."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, QuerySet
from pytest_django import DjangoAssertNumQueries

from apps.core.models import CalendarDay, ParameterValue
from apps.core.prepared import Prepared, insert, update
from apps.people.models import User

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


def rows_of(key: str, count: int, since: datetime) -> list[ParameterValue]:
    return [ParameterValue(key=key, value={"n": [n, "字"]}, valid_from=since + n * DAY) for n in range(count)]


def test_new_rows_are_written_as_by_the_model_with_their_keys(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ours, theirs = rows_of("ours", 3, now), rows_of("theirs", 3, now)
    with django_assert_num_queries(1):
        insert(ours)
    ParameterValue.objects.bulk_create(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert not mine._state.adding
        written, expected = (ParameterValue.objects.filter(pk=row.pk).values().get() for row in (mine, other))
        assert {**written, "id": 0, "ulid": "", "key": ""} == {**expected, "id": 0, "ulid": "", "key": ""}
        assert written["key"] == "ours"
    assert len({row.pk for row in ours}) == 3


def test_no_row_is_no_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        insert([])


def test_a_law_of_the_database_refuses_new_rows_as_ever(now: datetime) -> None:
    insert([CalendarDay(day=now.date(), is_working=True, name_zh="班", name_en="Work")])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([CalendarDay(day=now.date(), is_working=False, name_zh="休", name_en="Off")])
    assert CalendarDay.objects.get().is_working


def test_a_changed_row_is_saved_after_it_was_inserted(now: datetime) -> None:
    row = rows_of("a", 1, now)[0]
    insert([row])
    row.value = 2
    row.save()
    assert ParameterValue.objects.filter(key="a").get().value == 2


def test_named_fields_of_a_row_are_written_and_no_others(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    row, other = rows_of("a", 2, now)
    insert([row, other])
    row.value, row.valid_from = {"n": [7, "新"]}, now + 5 * DAY
    with django_assert_num_queries(1):
        update(row, "value")
    row.refresh_from_db()
    assert (row.value, row.valid_from) == ({"n": [7, "新"]}, now)
    other.refresh_from_db()
    assert other.value == {"n": [1, "字"]}


def test_a_row_that_is_gone_is_not_written_silently(now: datetime) -> None:
    row = rows_of("a", 1, now)[0]
    insert([row])
    ParameterValue.objects.filter(pk=row.pk).delete()
    with pytest.raises(DatabaseError, match="no longer there"):
        update(row, "value")


def test_a_key_of_another_row_is_written_as_its_field(now: datetime) -> None:
    row, by = rows_of("a", 1, now)[0], User.objects.create(username="setter")
    insert([row])
    row.set_by = by
    update(row, "set_by")
    assert ParameterValue.objects.get(pk=row.pk).set_by == by


def test_objects_are_those_of_the_query_set(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def build(key: str, at: datetime) -> QuerySet[ParameterValue]:
        return (
            ParameterValue.objects.filter(key=key, valid_from__lte=at)
            .select_related("set_by")
            .annotate(since=F("valid_from"), who=F("set_by__username"))
            .order_by("valid_from")
        )

    rows = rows_of("a", 3, now)
    rows[1].set_by = User.objects.create(username="setter")
    insert(rows)
    query = Prepared(build)
    for at in (now, now + DAY, now + 9 * DAY):
        expected = list(build("a", at))
        with django_assert_num_queries(1):
            found = query.objects(key="a", at=at)
            assert [row.set_by for row in found] == [row.set_by for row in expected]
        assert found == expected
        for mine, theirs in zip(found, expected, strict=True):
            ours, other = ({**vars(row), "_state": None} for row in (mine, theirs))
            assert ours == other
            assert (mine._state.adding, mine._state.db) == (theirs._state.adding, theirs._state.db)
    assert query.objects(key="b", at=now) == []


def test_a_query_of_values_has_no_objects(now: datetime) -> None:
    with pytest.raises(TypeError, match="no objects"):
        VALUES.objects(keys=("a",), at=now)
