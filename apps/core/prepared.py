"""Statements that are built once. Django puts the SQL of a statement together anew each time, which for those
that every transition makes costs more than what the database does. Here a query set is written as everywhere
else, with marks in the place of its arguments, and its SQL is kept; so is that of new rows.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from django.db import connection, router
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)

Argument = datetime | date | int | str
_FIRST_MOMENT = datetime(1, 1, 1, tzinfo=UTC)
_FIRST_NUMBER = -1_000_000_000


class Prepared:
    """`ACTIVE = Prepared(lambda at, user: active_users(at).filter(pk=user).values_list("pk"))`, then
    `ACTIVE.rows(at=now, user=7)`.

    Arguments are moments, days, whole numbers, texts, and tuples of these. An argument must reach the SQL as
    it is given, and only there: never in an `if`. Cells come as the database gives them: JSON is a text, and
    on SQLite a day is one too and a truth a number.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._kept: dict[tuple[Any, ...], tuple[str, list[tuple[bool, Any]]]] = {}

    def rows(self, **arguments: Argument | tuple[Argument, ...]) -> list[tuple[Any, ...]]:
        """The rows of the query with these arguments. One query."""
        given = list(_flat(arguments.values()))
        shape = (connection.vendor, *((name, _shape(value)) for name, value in arguments.items()))
        if shape not in self._kept:
            self._kept[shape] = self._compiled(arguments)
        sql, places = self._kept[shape]
        params = [_adapted(given[value]) if is_place else value for is_place, value in places]
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def _compiled(self, arguments: dict[str, Any]) -> tuple[str, list[tuple[bool, Any]]]:
        marks: list[Argument] = []

        def marked(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(marked(one) for one in value)
            marks.append(_mark(value, len(marks)))
            return marks[-1]

        query = self._build(**{name: marked(value) for name, value in arguments.items()}).query
        sql, params = query.get_compiler(connection=connection).as_sql()
        known = {_adapted(mark): number for number, mark in enumerate(marks)}
        places = [(True, known[one]) if one in known else (False, one) for one in params]
        if {value for is_place, value in places if is_place} != set(range(len(marks))):
            raise ValueError("an argument of a prepared query does not stand in its SQL as it was given")
        return sql, places


def _flat(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, tuple):
            yield from value
        else:
            yield value


def _shape(value: Any) -> Any:
    return tuple(type(one) for one in value) if isinstance(value, tuple) else type(value)


def _mark(value: Argument, number: int) -> Argument:
    if isinstance(value, datetime):
        return _FIRST_MOMENT + timedelta(days=number, microseconds=1)
    if isinstance(value, date):
        return _FIRST_MOMENT.date() + timedelta(days=number)
    return _FIRST_NUMBER - number if isinstance(value, int) else f"\x01{number}"


def _adapted(value: Argument) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def insert(rows: Sequence[M]) -> None:
    """Write new rows of one model and set their keys, as `bulk_create` does. One statement; none for none."""
    if not rows:
        return
    sql, fields = _insertion(type(rows[0]), len(rows), connection.vendor)
    params = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, router.db_for_write(type(row))


@cache
def _insertion(model: type[Model], count: int, vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The statement that writes so many rows and gives their keys, and the fields in its order."""
    del vendor  # the cache's: names are quoted and moments adapted as the database at hand wants it
    quote = connection.ops.quote_name
    fields = tuple(field for field in model._meta.concrete_fields if not field.primary_key)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {', '.join([one] * count)}"  # noqa: S608 - our own names
        f" RETURNING {quote(str(model._meta.pk.column))}"
    )
    return sql, fields
