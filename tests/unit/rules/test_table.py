"""A table is well formed, or refused with a path and a code; never another exception."""

from __future__ import annotations

import copy
import dataclasses
import json
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.errors import RuleSetError
from rules.facts import facts_json
from rules.table import Cell, Citation, Example, HitPolicy, Row, RuleSet
from tests.unit.rules.tables import ACCESS, Access, deny, li_lei, table

FULL = dataclasses.replace(
    ACCESS,
    rows=(
        dataclasses.replace(ACCESS.rows[0], cite=Citation("实验室规定", "5.2", "2026-01-01")),
        *ACCESS.rows[1:],
    ),
    examples=(Example("fine", facts_json(li_lei()), "permit", ("test.permitted",)),),
    discriminator="state",
)


def as_json() -> dict[str, typing.Any]:
    return typing.cast("dict[str, typing.Any]", json.loads(json.dumps(FULL.to_json())))


def test_a_table_survives_json_with_its_digest() -> None:
    again = RuleSet.from_json(as_json(), Access)
    assert again == FULL
    assert again.digest == FULL.digest


def test_the_digest_changes_with_every_part() -> None:
    others = [
        dataclasses.replace(FULL, version=2),
        dataclasses.replace(FULL, rows=FULL.rows[1:]),
        dataclasses.replace(FULL, facts_schema=2),
        dataclasses.replace(FULL, discriminator=""),
        dataclasses.replace(FULL, examples=()),
    ]
    assert len({FULL.digest, *(other.digest for other in others)}) == 6


CELL = "rows[0].when[0]"


@pytest.mark.parametrize(
    ("cell", "path", "code"),
    [
        (["nope", "eq", 1], f"{CELL}[0]", "rules.column_unknown"),
        (["hours", "eq", "x"], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "eq", None], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "eq", 2**63], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "eq", 10**5000], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "eq", 1.0], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "eq", float("nan")], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "eq", True], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "eq", {"x": 1}], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "eq", [1]], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "in", 1], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "in", []], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "in", [[1]]], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "in", list(range(501))], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "between", [1, 2, 3]], f"{CELL}[2]", "rules.cell_value"),
        (["hours", "matches", ".*"], f"{CELL}[1]", "rules.operator"),
        (["trained", "lt", True], f"{CELL}[1]", "rules.operator"),
        (["state", "lt", "a"], f"{CELL}[1]", "rules.operator"),
        (["hours", "is_null"], f"{CELL}[1]", "rules.operator"),
        (["expires", "is_null", 1], f"{CELL}[2]", "rules.cell_value"),
        (["expires", "lt", "yesterday"], f"{CELL}[2]", "rules.cell_value"),
        (["fee", "eq", "1.005"], f"{CELL}[2]", "rules.cell_value"),
        (["fee", "eq", "NaN"], f"{CELL}[2]", "rules.cell_value"),
        (["groups", "contains", ["a"]], f"{CELL}[2]", "rules.cell_value"),
        (["groups", "eq", "a"], f"{CELL}[1]", "rules.operator"),
        (["hours"], CELL, "rules.table_shape"),
        (["hours", "eq", 1, 2], CELL, "rules.table_too_large"),
        ("hours", CELL, "rules.table_shape"),
        ([5, "eq", 1], f"{CELL}[0]", "rules.table_shape"),
    ],
)
def test_a_bad_cell_is_refused_where_it_stands(cell: object, path: str, code: str) -> None:
    data = as_json()
    data["rows"][0]["when"] = [cell]
    with pytest.raises(RuleSetError) as caught:
        RuleSet.from_json(data, Access)
    assert (caught.value.path, caught.value.code) == (path, code)


def _set(path: tuple[typing.Any, ...], value: object) -> dict[str, typing.Any]:
    data = as_json()
    spot: typing.Any = data
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("spot", "value", "code"),
    [
        (("hit",), "unique", "rules.hit_policy_unsupported"),
        (("hit",), "any", "rules.hit_policy_unsupported"),
        (("hit",), "priority", "rules.hit_policy_unsupported"),
        (("hit",), "collect", "rules.hit_policy_unsupported"),
        (("hit",), "best", "rules.hit_policy_unknown"),
        (("hit",), 5, "rules.table_shape"),
        (("surprise",), 1, "rules.table_unknown_member"),
        (("key",), "no dots", "rules.table_shape"),
        (("version",), True, "rules.table_shape"),
        (("version",), 0, "rules.table_shape"),
        (("facts_schema",), 1.0, "rules.table_shape"),
        (("default",), "permit", "rules.outcome"),
        (("discriminator",), "hours", "rules.column_unknown"),
        (("discriminator",), "nope", "rules.column_unknown"),
        (("rows",), {}, "rules.table_shape"),
        (("rows",), [{"id": "x"}] * 2001, "rules.table_too_large"),
        (("rows", 0), 5, "rules.table_shape"),
        (("rows", 0), {"id": "x"}, "rules.table_missing_member"),
        (("rows", 1, "id"), "deny-untrained", "rules.row_duplicate"),
        (("rows", 0, "id"), "a b", "rules.table_shape"),
        (("rows", 0, "then"), "maybe", "rules.outcome"),
        (("rows", 0, "code"), "nodot", "rules.table_shape"),
        (("rows", 0, "code"), "", "rules.row_unexplained"),
        (("rows", 0, "zh"), "", "rules.row_unexplained"),
        (("rows", 0, "zh"), "a\0", "rules.table_shape"),
        (("rows", 0, "zh"), "\ud800", "rules.table_shape"),
        (("rows", 0, "zh"), "x" * 501, "rules.table_too_large"),
        (("rows", 0, "en"), "{nobody}", "rules.placeholder"),
        (("rows", 0, "en"), "{hours", "rules.placeholder"),
        (("rows", 0, "en"), "{hours!r}", "rules.placeholder"),
        (("rows", 0, "en"), "{hours.real}", "rules.placeholder"),
        (("rows", 0, "en"), "{hours:>9999}", "rules.placeholder"),
        (("rows", 0, "en"), "{state:yuan}", "rules.placeholder"),
        (("rows", 0, "cite"), {"clause": "5"}, "rules.table_missing_member"),
        (("rows", 0, "cite", "date"), "soon", "rules.table_shape"),
        (("rows", 0, "when"), [["hours", "gt", 1]] * 65, "rules.table_too_large"),
        (("examples", 0, "facts"), [], "rules.table_shape"),
        (("examples", 0, "facts"), {}, "rules.example_facts"),
        (("examples", 0, "codes"), ["x"], "rules.table_shape"),
        (("examples", 0, "outcome"), "", "rules.table_shape"),
    ],
)
def test_a_bad_member_is_refused_with_a_code_of_its_own(
    spot: tuple[typing.Any, ...], value: object, code: str
) -> None:
    with pytest.raises(RuleSetError) as caught:
        RuleSet.from_json(_set(spot, value), Access)
    assert caught.value.code == code


@pytest.mark.parametrize("policy", ["unique", "any", "priority", "collect"])
def test_a_policy_that_is_only_known_is_refused_by_name(policy: str) -> None:
    with pytest.raises(RuleSetError, match=policy):
        table(hit=HitPolicy(policy)).check()


def test_a_citation_may_leave_clause_and_date_open() -> None:
    read = RuleSet.from_json(_set(("rows", 0, "cite"), {"regulation": "实验室规定"}), Access)
    assert read.rows[0].cite == Citation("实验室规定")


def test_a_table_built_in_code_is_held_to_the_same_limits() -> None:
    row = deny("r", *(Cell("hours", "gt", 1) for _ in range(65)))
    with pytest.raises(RuleSetError, match="64 cells"):
        table(row).check()
    many = tuple(deny(f"r{i}") for i in range(2001))
    with pytest.raises(RuleSetError, match="2000 rows"):
        table(*many).check()
    wide = tuple(deny(f"r{i}", *(Cell("hours", "gt", 1) for _ in range(60))) for i in range(334))
    with pytest.raises(RuleSetError, match="20000 cells"):
        table(*wide).check()
    with pytest.raises(RuleSetError):
        table(Row("r", (Cell("hours", "in", 5),), "deny", "a.b", "x", "y")).check()


@pytest.mark.parametrize("depth", [50, 3000])
def test_deep_nesting_is_refused(depth: int) -> None:
    nest: typing.Any = 1
    for _ in range(depth):
        nest = [nest]
    for data in (nest, _set(("rows", 0, "when"), nest), _set(("rows", 0, "when", 0, 2), nest)):
        with pytest.raises(RuleSetError):
            RuleSet.from_json(data, Access)


def test_a_recursion_inside_the_reader_is_a_table_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(value: object, path: str) -> typing.NoReturn:
        raise RecursionError

    monkeypatch.setattr("rules.table._read_row", deep)
    with pytest.raises(RuleSetError, match="deeply"):
        RuleSet.from_json(as_json(), Access)


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["hours", "eq", "deny"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def _spots(value: object, at: tuple[typing.Any, ...] = ()) -> typing.Iterator[tuple[typing.Any, ...]]:
    items: typing.Iterable[tuple[typing.Any, object]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*at, key)
        yield from _spots(inner, (*at, key))


SPOTS = sorted(_spots(as_json()), key=repr)


@settings(max_examples=300, deadline=None)
@given(spot=st.sampled_from(SPOTS), value=ANY)
def test_json_of_any_shape_is_read_or_refused_and_never_crashes(
    spot: tuple[typing.Any, ...], value: object
) -> None:
    data = _set(spot, value)
    before = copy.deepcopy(data)
    try:
        rules = RuleSet.from_json(data, Access)
    except RuleSetError as error:
        refused = error.code
    else:
        refused = ""
        again = RuleSet.from_json(json.loads(json.dumps(rules.to_json())), Access)
        assert again.digest == rules.digest
    assert refused == "" or refused.startswith("rules.")
    assert repr(data) == repr(before)


@settings(max_examples=100, deadline=None)
@given(ANY)
def test_a_document_that_is_no_table_is_refused(data: object) -> None:
    with pytest.raises(RuleSetError):
        RuleSet.from_json(data, Access)
