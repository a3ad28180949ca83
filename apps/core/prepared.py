"""Statements that are built once. Django puts the SQL of a statement together anew each time, which for those
that every transition makes costs more than what the database does. Here a query set is written as everywhere
else, with marks in the place of its arguments, and its SQL is kept; so is that of new rows and of changes to
one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import DatabaseError, connection, router
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)

Argument = datetime | date | int | str
_FIRST_MOMENT = datetime(1, 1, 1, tzinfo=UTC)
_FIRST_NUMBER = -1_000_000_000
Rows = Iterable[Sequence[Any]]


class _Kept(NamedTuple):
    """A statement, what stands in the place of its parameters (the number of an argument, or a value), and
    how its rows become objects when it is not one of values.
    """

    sql: str
    places: list[tuple[bool, Any]]
    read: Callable[[Rows], Iterator[Any]] | None


class Prepared:
    """`ACTIVE = Prepared(lambda at, user: active_users(at).filter(pk=user).values_list("pk"))`, then
    `ACTIVE.rows(at=now, user=7)`.

    Arguments are moments, days, whole numbers, texts, and tuples of these. An argument must reach the SQL as
    it is given, and only there: never in an `if`. Cells come as the database gives them: JSON is a text, and
    on SQLite a day is one too and a truth a number.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._kept: dict[tuple[Any, ...], _Kept] = {}

    def rows(self, **arguments: Argument | tuple[Argument, ...]) -> list[tuple[Any, ...]]:
        """The rows of the query with these arguments. One query."""
        return _fetched(self._kept_for(arguments), arguments)

    def objects(self, **arguments: Argument | tuple[Argument, ...]) -> list[Any]:
        """The objects of the query with these arguments, with those that it selects beside them and with its
        annotations; for a query that is not one of values. One query.
        """
        kept = self._kept_for(arguments)
        if kept.read is None:
            raise TypeError("a prepared query of values has no objects")
        return list(kept.read(_fetched(kept, arguments)))

    def _kept_for(self, arguments: dict[str, Any]) -> _Kept:
        shape = (connection.vendor, *((name, _shape(value)) for name, value in arguments.items()))
        if shape not in self._kept:
            self._kept[shape] = self._compiled(arguments)
        return self._kept[shape]

    def _compiled(self, arguments: dict[str, Any]) -> _Kept:
        marks: list[Argument] = []

        def marked(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(marked(one) for one in value)
            marks.append(_mark(value, len(marks)))
            return marks[-1]

        query = self._build(**{name: marked(value) for name, value in arguments.items()}).query
        compiler = query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        known = {_adapted(mark): number for number, mark in enumerate(marks)}
        places = [(True, known[one]) if one in known else (False, one) for one in params]
        if {value for is_place, value in places if is_place} != set(range(len(marks))):
            raise ValueError("an argument of a prepared query does not stand in its SQL as it was given")
        return _Kept(sql, places, _reader(compiler) if query.default_cols else None)


def _fetched(kept: _Kept, arguments: dict[str, Any]) -> list[tuple[Any, ...]]:
    given = list(_flat(arguments.values()))
    params = [_adapted(given[value]) if is_place else value for is_place, value in kept.places]
    with connection.cursor() as cursor:
        cursor.execute(kept.sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _reader(compiler: Any) -> Callable[[Rows], Iterator[Any]]:
    """What Django's `ModelIterable` does with the rows of this query, with what does not depend on them done
    once.
    """
    select, info = compiler.select, compiler.klass_info
    own = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
    names = [column.target.attname for column, *_ in select[own]]
    # The stubs are of a later Django, with one argument more.
    populators = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]
    converters = compiler.get_converters([column for column, *_ in select])

    def read(rows: Rows) -> Iterator[Any]:
        for row in compiler.apply_converters(rows, converters):
            found = info["model"].from_db(connection.alias, names, row[own])
            for populator in populators:
                populator.populate(row, found)
            for name, place in compiler.annotation_col_map.items():
                setattr(found, name, row[place])
            yield found

    return read


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


def update(row: Model, *names: str) -> None:
    """Write these fields of a row, as `save(update_fields=names)` does; no signal is sent. One statement.
    Raises DatabaseError when the row is no longer there.
    """
    sql, fields = _change(type(row), names, connection.vendor)
    params = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, row.pk])
        if cursor.rowcount != 1:
            raise DatabaseError(f"{row!r} is no longer there")


@cache
def _change(model: type[Model], names: tuple[str, ...], vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The statement that writes these fields of the row with a key, and the fields."""
    del vendor  # as below
    quote = connection.ops.quote_name
    fields: tuple[Any, ...] = tuple(model._meta.get_field(name) for name in names)
    values = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    return f"UPDATE {table} SET {values} WHERE {key} = %s", fields  # noqa: S608 - our own names


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
