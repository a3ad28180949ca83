"""Facts are exact or refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import pickle
import typing
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.compiler import compile_ruleset
from rules.errors import FactError, RuleSetError
from rules.facts import (
    INT_MAX,
    INT_MIN,
    Column,
    Kind,
    columns_of,
    facts_digest,
    facts_json,
    facts_load,
    parse,
    scalar,
    show,
)
from tests.unit.rules.tables import ACCESS, Access, li_lei

FEE = Column("fee", Kind.DECIMAL, scale=2)
SHANGHAI = dt.timezone(dt.timedelta(hours=8))


class Colour(enum.StrEnum):
    RED = "red"


@dataclasses.dataclass(frozen=True)
class Painted:
    colour: Colour
    price: Decimal
    shade: typing.Optional[int] = None  # noqa: UP045


def test_columns_carry_kind_scale_null_and_closed_values() -> None:
    assert dict(columns_of(Painted)) == {
        "colour": Column("colour", Kind.STR, values=("red",)),
        "price": Column("price", Kind.DECIMAL, scale=2),
        "shade": Column("shade", Kind.INT, nullable=True),
    }


@dataclasses.dataclass(frozen=True)
class Floating:
    x: float


@dataclasses.dataclass(frozen=True)
class Either:
    x: int | str


@dataclasses.dataclass
class Melting:
    x: int


@pytest.mark.parametrize("kind", [Floating, Either, Melting, int])
def test_a_facts_type_that_no_column_can_hold_is_refused(kind: type) -> None:
    with pytest.raises(RuleSetError) as caught:
        columns_of(kind)
    assert caught.value.code == "rules.facts_type_invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"fee": 1.5},
        {"fee": 1},
        {"fee": Decimal("1.005")},
        {"fee": Decimal("NaN")},
        {"fee": Decimal("1E999999")},
        {"fee": Decimal("0E-999999")},
        {"fee": Decimal("1.0000000000000000000000000000001")},
        {"hours": INT_MAX + 1},
        {"hours": INT_MIN - 1},
        {"hours": True},
        {"hours": "2"},
        {"trained": 1},
        {"trained": None},
        {"state": None},
        {"state": "a\0b"},
        {"state": "\ud800"},
        {"state": "电\0镜"},
        {"state": 5},
        {"expires": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"seen": dt.datetime(2026, 1, 1)},  # noqa: DTZ001
        {"seen": dt.date(2026, 1, 1)},
        {"groups": "物理系"},
        {"groups": ["物理系"]},
        {"groups": frozenset({1})},
        {"groups": None},
    ],
)
def test_a_fact_that_is_not_exact_is_refused_with_its_column(changes: dict[str, typing.Any]) -> None:
    program = compile_ruleset(ACCESS)
    with pytest.raises(FactError) as caught:
        program.encode(li_lei(**changes))
    assert caught.value.path == next(iter(changes))


def test_facts_of_another_type_are_refused() -> None:
    with pytest.raises(FactError) as caught:
        compile_ruleset(ACCESS).encode(Painted(Colour.RED, Decimal(1)))
    assert caught.value.code == "rules.facts_type"


def test_a_value_outside_a_closed_set_is_refused() -> None:
    column = columns_of(Painted)["colour"]
    assert scalar(column, Colour.RED) == scalar(column, "red") == "red"
    with pytest.raises(FactError) as caught:
        scalar(column, "blue")
    assert caught.value.code == "rules.fact_unknown_value"


@given(st.integers(INT_MIN, INT_MAX))
def test_every_decimal_in_range_is_its_scaled_integer(fen: int) -> None:
    assert scalar(FEE, Decimal(f"{fen}E-2")) == fen
    assert parse(FEE, f"{Decimal(fen % 10**17).scaleb(-2):f}") == Decimal(fen % 10**17).scaleb(-2)


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_a_decimal_is_exact_or_refused(value: Decimal) -> None:
    try:
        found = scalar(FEE, value)
    except FactError:
        return
    assert isinstance(found, int)
    assert Decimal(f"{found}E-2") == value


def test_equal_instants_in_two_zones_are_equal_facts() -> None:
    here = li_lei(seen=dt.datetime(2026, 1, 1, 8, tzinfo=SHANGHAI))
    there = li_lei(seen=dt.datetime(2026, 1, 1, 0, tzinfo=dt.UTC))
    assert facts_digest(here) == facts_digest(there)
    assert facts_json(here)["seen"] == "2026-01-01T00:00:00+00:00"


def test_an_instant_without_a_form_in_utc_is_refused() -> None:
    with pytest.raises(FactError):
        facts_json(li_lei(seen=dt.datetime.min.replace(tzinfo=SHANGHAI)))


def test_facts_survive_json() -> None:
    facts = li_lei(seen=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), tags=frozenset("ab"), left=-3)
    assert facts_load(Access, facts_json(facts)) == facts
    painted = facts_load(Painted, {"colour": "red", "price": 3})
    assert facts_json(painted) == {"colour": "red", "price": "3", "shade": None}
    assert facts_json(Painted(Colour.RED, Decimal(3)))["colour"] == "red"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"fee": "1.005"}, "rules.fact_inexact", "fee"),
        ({"fee": "1e3"}, "rules.fact_inexact", "fee"),
        ({"fee": 1.0}, "rules.fact_inexact", "fee"),
        ({"hours": 2.0}, "rules.fact_inexact", "hours"),
        ({"hours": None}, "rules.fact_null", "hours"),
        ({"expires": "20300101"}, "rules.fact_inexact", "expires"),
        ({"expires": "2030-13-01"}, "rules.fact_inexact", "expires"),
        ({"expires": 5}, "rules.fact_inexact", "expires"),
        ({"seen": "2026-01-01T00:00:00"}, "rules.fact_inexact", "seen"),
        ({"seen": "never"}, "rules.fact_inexact", "seen"),
        ({"seen": 5}, "rules.fact_inexact", "seen"),
        ({"groups": "abc"}, "rules.fact_inexact", "groups"),
        ({"groups": [1]}, "rules.fact_inexact", "groups"),
        ({"wings": 2}, "rules.fact_unknown", "'wings'"),
    ],
)
def test_json_facts_are_exact_or_refused(change: dict[str, object], code: str, path: str) -> None:
    with pytest.raises(FactError) as caught:
        facts_load(Access, facts_json(li_lei()) | change)
    assert (caught.value.code, caught.value.path) == (code, path)


def test_a_missing_fact_and_facts_that_are_no_object_are_refused() -> None:
    data = facts_json(li_lei())
    del data["trained"]
    with pytest.raises(FactError, match="trained"):
        facts_load(Access, data)
    with pytest.raises(FactError) as caught:
        facts_load(Access, [])
    assert caught.value.code == "rules.facts_shape"


def test_an_error_keeps_its_code_between_processes() -> None:
    error = FactError("no", code="rules.fact_null", path="hours")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(again), again.code, again.path, str(again)) == (FactError, error.code, "hours", str(error))


def test_showing_a_value_never_fails() -> None:
    assert show(10**5000) == "a huge int"
    assert len(show("x" * 500)) == 80
