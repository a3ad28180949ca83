"""Typed facts: the columns of a frozen dataclass, exact scalars, and their JSON form and digest.

It owns what a value *is* (exact or refused: no floats, no coercion, no rounding) and never knows rows,
tables or engines.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import functools
import hashlib
import json
import re
import types
import typing

from rules.errors import FactError, RuleSetError

# What the C parser of the durable engine reads exactly; beyond, it saturates without a word.
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
DEFAULT_SCALE = 2
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

F = typing.TypeVar("F")


class Facts(typing.Protocol):
    """Any frozen dataclass whose fields are declared in the kinds below."""

    __dataclass_fields__: typing.ClassVar[dict[str, dataclasses.Field[typing.Any]]]


class Kind(enum.StrEnum):
    """What a column holds. Only the ordered kinds may be compared with less or greater."""

    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    STR = "str"
    SET = "set"


ORDERED = frozenset({Kind.INT, Kind.DECIMAL, Kind.DATE, Kind.DATETIME})
_KINDS: dict[object, Kind] = {
    bool: Kind.BOOL,
    int: Kind.INT,
    decimal.Decimal: Kind.DECIMAL,
    dt.date: Kind.DATE,
    dt.datetime: Kind.DATETIME,
    str: Kind.STR,
}


@dataclasses.dataclass(frozen=True)
class Column:
    """One typed fact.

    ``scale`` is the number of decimal places of a Decimal; ``values`` closes the set of a ``StrEnum`` column.
    """

    name: str
    kind: Kind
    nullable: bool = False
    scale: int = 0
    values: tuple[str, ...] | None = None


@functools.lru_cache(maxsize=256)
def columns_of(facts_type: type) -> types.MappingProxyType[str, Column]:
    """The columns of a frozen facts dataclass, in field order.

    ``X | None`` is nullable, ``Annotated[Decimal, 2]`` gives the scale, ``frozenset[str]`` is a set,
    a ``StrEnum`` is a closed string. Raises RuleSetError (``rules.facts_type_invalid``) for anything else.
    """
    if not dataclasses.is_dataclass(facts_type) or not facts_type.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise RuleSetError(f"{facts_type!r} is not a frozen dataclass", code="rules.facts_type_invalid")
    hints = typing.get_type_hints(facts_type, include_extras=True)
    names = [field.name for field in dataclasses.fields(facts_type)]
    return types.MappingProxyType({name: _column(name, hints[name]) for name in names})


def _column(name: str, hint: object) -> Column:
    hint, nullable = _strip_none(hint)
    scale = 0
    if typing.get_origin(hint) is typing.Annotated:
        hint, *meta = typing.get_args(hint)
        scale = next((m for m in meta if type(m) is int and 0 <= m <= 12), DEFAULT_SCALE)
    elif hint is decimal.Decimal:
        scale = DEFAULT_SCALE
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        return Column(name, Kind.STR, nullable, values=tuple(member.value for member in hint))
    if typing.get_origin(hint) is frozenset and typing.get_args(hint) == (str,):
        return Column(name, Kind.SET, nullable)
    kind = _KINDS.get(hint)
    if kind is None:
        raise RuleSetError(
            f"{name} has the type {hint!r}, which no column can hold", code="rules.facts_type_invalid"
        )
    return Column(name, kind, nullable, scale if kind is Kind.DECIMAL else 0)


def _strip_none(hint: object) -> tuple[object, bool]:
    if typing.get_origin(hint) not in (types.UnionType, typing.Union):
        return hint, False
    members = [arg for arg in typing.get_args(hint) if arg is not types.NoneType]
    if len(members) != 1:
        return hint, False
    return members[0], True


# --- exact scalars ---


def scalar(column: Column, value: object) -> int | bool | str | frozenset[str]:
    """The one exact form of a value that is not null: bool, 64 bit int, str or frozenset.

    A Decimal becomes a scaled int, a date its ordinal, an instant its microseconds since 1970 UTC.

    Raises FactError (``rules.fact_inexact``, ``rules.fact_unknown_value``) and never rounds or coerces.
    """
    exact = _SCALARS[column.kind](column, value)
    if exact is None:
        raise FactError(f"{show(value)} is not an exact {column.kind.value}", path=column.name)
    return exact


def _bool(column: Column, value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _int(column: Column, value: object) -> int | None:
    return _bounded(value) if type(value) is int else None


def _bounded(value: int) -> int | None:
    return value if INT_MIN <= value <= INT_MAX else None


def _decimal(column: Column, value: object) -> int | None:
    if type(value) is not decimal.Decimal or not value.is_finite():
        return None
    # Not scaleb(): it rounds to the context's 28 digits and would take 1.00000000000000000000000000001 for 1.
    sign, digits, exponent = value.as_tuple()
    if not -40 <= int(exponent) <= 40 or len(digits) > 60:
        return None
    magnitude = int("".join(map(str, digits)))
    shift = int(exponent) + column.scale
    scaled, lost = (magnitude * 10**shift, 0) if shift >= 0 else divmod(magnitude, 10**-shift)
    return None if lost else _bounded(-scaled if sign else scaled)


def _date(column: Column, value: object) -> int | None:
    return value.toordinal() if type(value) is dt.date else None


def _datetime(column: Column, value: object) -> int | None:
    if not isinstance(value, dt.datetime) or value.utcoffset() is None:
        return None
    return (value - _EPOCH) // dt.timedelta(microseconds=1)


def _str(column: Column, value: object) -> str | None:
    if not isinstance(value, str):
        return None
    text = value.value if isinstance(value, enum.StrEnum) else value
    if column.values is not None and text not in column.values:
        raise FactError(
            f"{show(text)} is none of {', '.join(column.values)}",
            code="rules.fact_unknown_value",
            path=column.name,
        )
    return str(text) if storable(text) else None


def _set(column: Column, value: object) -> frozenset[str] | None:
    if not isinstance(value, frozenset) or not all(
        isinstance(item, str) and storable(item) for item in value
    ):
        return None
    return value


_SCALARS: dict[Kind, typing.Callable[[Column, object], int | bool | str | frozenset[str] | None]] = {
    Kind.BOOL: _bool,
    Kind.INT: _int,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.STR: _str,
    Kind.SET: _set,
}


def storable(text: str) -> bool:
    """False for NUL and lone surrogates: neither can be written into a database or hashed as UTF-8."""
    if text.isascii():
        return "\0" not in text
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def show(value: object) -> str:
    """A short form for error messages that never fails (an integer of 5,000 digits has no decimal repr)."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        text = f"a huge {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "..."


# --- JSON ---


def parse(column: Column, value: object) -> object:
    """JSON form -> Python value of the column (``None`` stays), exact and in range. Raises FactError."""
    if value is None:
        return None
    parsed = _PARSERS[column.kind](value) if column.kind in _PARSERS else value
    if parsed is None:
        raise FactError(f"{show(value)} is not the JSON form of a {column.kind.value}", path=column.name)
    scalar(column, parsed)
    return parsed


def _parse_decimal(value: object) -> decimal.Decimal | None:
    if type(value) is int and INT_MIN <= value <= INT_MAX:
        return decimal.Decimal(value)
    return decimal.Decimal(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


def _parse_date(value: object) -> dt.date | None:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def _parse_datetime(value: object) -> dt.datetime | None:
    if not isinstance(value, str):
        return None
    try:
        parsed = dt.datetime.fromisoformat(value)
        return parsed.astimezone(dt.UTC) if parsed.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _parse_set(value: object) -> frozenset[str] | None:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        return None
    return frozenset(value)


_PARSERS: dict[Kind, typing.Callable[[object], object]] = {
    Kind.DECIMAL: _parse_decimal,
    Kind.DATE: _parse_date,
    Kind.DATETIME: _parse_datetime,
    Kind.SET: _parse_set,
}


_PLAIN = frozenset({bool, int, str})


def value_json(value: object) -> object:
    """Python value -> JSON form: Decimals as plain strings, instants in UTC, sets sorted."""
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return _utc(value).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


def _utc(value: dt.datetime) -> dt.datetime:
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        raise FactError(f"{show(value)} has no form in UTC") from None


def facts_json(facts: Facts) -> dict[str, object]:
    """All facts in JSON form, in field order: with the fact-schema version, enough to replay a decision."""
    return {name: value_json(getattr(facts, name)) for name in columns_of(type(facts))}


def facts_load(facts_type: type[F], data: object) -> F:
    """JSON object -> facts: every column without a default, none that is unknown.

    Raises FactError whose path is the column.
    """
    columns = columns_of(typing.cast(type, facts_type))
    if not isinstance(data, dict):
        raise FactError("facts must be a JSON object", code="rules.facts_shape")
    unknown = [name for name in data if name not in columns]
    if unknown:
        raise FactError("no such fact", code="rules.fact_unknown", path=show(unknown[0]))
    values = {name: parse(columns[name], value) for name, value in data.items()}
    for field in dataclasses.fields(facts_type):  # type: ignore[arg-type]
        if field.name not in values and _is_required(field):
            raise FactError("missing", code="rules.fact_missing", path=field.name)
        if values.get(field.name, 0) is None and not columns[field.name].nullable:
            raise FactError("must not be null", code="rules.fact_null", path=field.name)
    return facts_type(**values)


def _is_required(field: dataclasses.Field[typing.Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def digest_of(document: object) -> str:
    """SHA-256 (hex) of the canonical JSON of a document made of plain JSON values."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def facts_digest(facts: Facts) -> str:
    """SHA-256 (hex) of the facts' JSON form."""
    return digest_of(facts_json(facts))
