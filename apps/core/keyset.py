"""Pages of a long list by keyset: the next page begins after the last row seen, the one before ends before
the first, so that page 10,000 costs what page 1 costs and a row that is added meanwhile shifts nothing.

The cursor that a client carries is opaque and signed: it can be kept and sent again, but not made up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

M = TypeVar("M", bound=Model)
_SALT = "core.keyset"
BACK = "back"


@dataclass(frozen=True)
class Slice(Generic[M]):
    """One page: its rows, the cursor of the next page ('' on the last one) and of the one before ('' on the
    first).
    """

    rows: list[M]
    next: str
    previous: str = ""


@dataclass(frozen=True)
class Span:
    """Which rows of a list are wanted: at most `limit` beyond the `values` of a row, or `back` before it, the
    nearest first; from the beginning where there are no values.
    """

    values: tuple[Any, ...]
    back: bool
    limit: int


def slice_of(rows: QuerySet[M], *, order: Sequence[str], size: int, cursor: str = "") -> Slice[M]:
    """`size` rows after the cursor, or before it when it leads back, in one query; back at the beginning it
    is the first page (one query more where fewer than `size` rows are left there). Earlier orderings of
    `rows` do not count.

    `order` names columns (through relations with '__') that are never null, all ascending or all descending
    ('-' in front), the last of them unique. Raises Invalid `core.cursor` for a cursor that was not given out
    for this order; ValueError for an order that mixes directions.
    """
    descending = order[0].startswith("-")
    if any(name.startswith("-") is not descending for name in order):
        raise ValueError(f"mixed directions: {order}")
    columns = [name.removeprefix("-") for name in order]

    def fetch(span: Span) -> list[M]:
        found = rows.order_by(*order)
        if span.back:
            found = found.reverse()
        if span.values:
            side = "lt" if descending is not span.back else "gt"
            found = found.filter(_beyond(columns, list(span.values), side))
        return list(found[: span.limit])

    return slice_by(fetch, model=rows.model, order=order, size=size, cursor=cursor)


def slice_by(
    fetch: Callable[[Span], list[M]],
    *,
    model: type[M],
    order: Sequence[str],
    size: int,
    cursor: str = "",
) -> Slice[M]:
    """As `slice_of`, with rows that somebody else fetches."""
    columns = [name.removeprefix("-") for name in order]
    values, back = _opened(cursor, model, order, columns) if cursor else ([], False)
    taken = fetch(Span(tuple(values), back, size + 1))
    more, taken = len(taken) > size, taken[:size]
    if back and not more:
        if len(taken) < size:
            return slice_by(fetch, model=model, order=order, size=size)
        return Slice(taken[::-1], _cursor(taken[0], order, columns))
    if back:
        taken = taken[::-1]
    on = more or back
    return Slice(
        taken,
        _cursor(taken[-1], order, columns) if on and taken else "",
        _cursor(taken[0], order, columns, back=True) if cursor and taken else "",
    )


def _beyond(columns: list[str], values: list[Any], side: str) -> Q:
    """Rows after the given values: a < x, or a = x and b < y. The outer bound lets an index find them."""
    after, equal = Q(), Q()
    for column, value in zip(columns, values, strict=True):
        after |= equal & Q(**{f"{column}__{side}": value})
        equal &= Q(**{column: value})
    return Q(**{f"{columns[0]}__{side}e": values[0]}) & after


def _cursor(row: Model, order: Sequence[str], columns: list[str], *, back: bool = False) -> str:
    values = [_plain(_value(row, column)) for column in columns]
    return signing.dumps([list(order), values, *([BACK] if back else [])], salt=_SALT)


def _opened(
    cursor: str, model: type[Model], order: Sequence[str], columns: list[str]
) -> tuple[list[Any], bool]:
    """The values at which a page begins, and whether it is the one before them."""
    try:
        made_for, values, *back = signing.loads(cursor, salt=_SALT)
        if made_for != list(order) or back not in ([], [BACK]):
            raise _bad()
        parsed = [
            _field(model, column).to_python(value) for column, value in zip(columns, values, strict=True)
        ]
        return parsed, bool(back)
    except (signing.BadSignature, ValidationError, ValueError, TypeError) as error:
        raise _bad() from error


def _bad() -> Invalid:
    return Invalid(_("This is not a cursor of this list."), code="core.cursor", field="cursor")


def _value(row: Any, column: str) -> Any:
    for name in column.split("__"):
        row = getattr(row, name)
    return row


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _field(model: type[Model], column: str) -> "Field[Any, Any]":
    *path, last = column.split("__")
    for name in path:
        related = model._meta.get_field(name).related_model
        if related is None or isinstance(related, str):
            raise FieldDoesNotExist(column)
        model = related
    field = model._meta.get_field(last)
    if not isinstance(field, Field):
        raise FieldDoesNotExist(column)
    return field
