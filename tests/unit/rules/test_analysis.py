# ruff: noqa: S311  # seeded random tables must be repeatable, not secret
"""The analysis against enumeration: what it reports happens, and what happens is reported."""

from __future__ import annotations

import dataclasses
import enum
import random

import pytest

from rules import boxes
from rules.analysis import FailOpen, analyse, newly_permitted
from rules.engine import evaluate
from rules.errors import RuleSetError, TooComplex
from rules.table import Cell, HitPolicy, Row, RuleSet
from tests.unit.rules.tables import ACCESS, deny, direct, permit, random_facts, random_table, table


def test_integers_leave_no_room_between_neighbours() -> None:
    rows = (Row("a", (Cell("hours", "lt", 4),), "x"), Row("b", (Cell("hours", "gt", 5),), "y"))
    found = analyse(table(*rows, hit=HitPolicy.FIRST))
    assert found.gaps == ({"hours": ["4", "5"]},)
    assert found.overlaps == ()


def test_empty_unreachable_and_conflicting_rows_are_named() -> None:
    rows = (
        Row("a", (Cell("hours", "lt", 4),), "x"),
        Row("b", (Cell("hours", "gte", 4),), "y"),
        Row("c", (Cell("hours", "eq", 2),), "z"),
        Row("d", (Cell("hours", "lt", 3), Cell("hours", "gt", 5)), "z"),
    )
    found = analyse(table(*rows, hit=HitPolicy.FIRST))
    assert (found.gaps, found.unreachable, found.empty) == ((), ("c",), ("d",))
    assert (found.conflicts[0].first, found.conflicts[0].second) == ("a", "c")
    assert found.conflicts[0].situation == {"hours": ["2"]}


def test_a_permit_row_that_is_always_denied_is_unreachable() -> None:
    found = analyse(
        table(deny("d", Cell("hours", "gt", 3)), permit("p", Cell("hours", "gt", 4)), permit("q"))
    )
    assert found.unreachable == ("p",)


def test_a_deny_row_over_a_nullable_fact_fails_open_until_the_null_is_denied() -> None:
    expired = deny("expired", Cell("left", "lt", 0))
    assert analyse(table(expired, permit("p"))).fail_open == (FailOpen("expired", "left"),)
    caught = table(expired, deny("none", Cell("left", "is_null")), permit("p"))
    assert analyse(caught).fail_open == ()
    elsewhere = table(expired, deny("none", Cell("left", "is_null"), Cell("hours", "gt", 3)), permit("p"))
    assert analyse(elsewhere).fail_open == (FailOpen("expired", "left"),)
    asked = table(deny("both", Cell("left", "not_null"), Cell("left", "lt", 0)), permit("p"))
    assert analyse(asked).fail_open == ()


def test_a_closed_set_has_no_other_value() -> None:
    class Level(enum.StrEnum):
        LOW = "low"
        HIGH = "high"

    facts = dataclasses.make_dataclass("Levels", [("level", Level), ("open", bool)], frozen=True)
    rows = (Row("l", (Cell("level", "eq", "low"),), "x"), Row("h", (Cell("level", "neq", "low"),), "y"))
    assert analyse(RuleSet("t.t", 1, HitPolicy.FIRST, facts, rows, "z")).gaps == ()


def test_columns_that_are_only_asked_for_null_are_understood() -> None:
    rows = (
        Row("a", (Cell("tags", "is_null"),), "x"),
        Row("b", (Cell("left", "not_null"),), "y"),
        Row("c", (Cell("seen", "is_null"),), "z"),
    )
    found = analyse(table(*rows, hit=HitPolicy.FIRST))
    assert found.gaps == ({"seen": ["any"], "left": ["<null>"], "tags": ["<other>"]},)


@pytest.mark.parametrize("rows", [3, 6, 10])
def test_every_situation_that_occurs_is_in_the_findings(rows: int) -> None:
    rnd = random.Random(rows)
    for _ in range(12):
        rules = random_table(rnd, rows)
        found = analyse(rules)
        overlaps, dead = set(found.overlaps), set(found.empty) | set(found.unreachable)
        for _ in range(120):
            hits = direct(rules, random_facts(rnd))
            pairs = {(f"r{a}", f"r{b}") for a in hits for b in hits if a < b}
            assert pairs <= overlaps
            assert hits or found.gaps
            assert not {f"r{index}" for index in hits[:1]} & dead


def test_newly_permitted_names_exactly_what_a_draft_opens() -> None:
    student = ACCESS.rows[4]
    wider_row = dataclasses.replace(student, cells=(*student.cells[:2], Cell("hours", "lte", 8)))
    wider = dataclasses.replace(ACCESS, rows=(*ACCESS.rows[:4], wider_row, ACCESS.rows[5]))
    assert newly_permitted(ACCESS, ACCESS) == []
    assert newly_permitted(wider, ACCESS) == []
    opened = newly_permitted(ACCESS, wider)
    assert opened
    assert all(set(situation["hours"]) <= {"(4,8)", "8"} for situation in opened)
    without_training = dataclasses.replace(ACCESS, rows=ACCESS.rows[1:])
    assert all(found["trained"] == ["false"] for found in newly_permitted(ACCESS, without_training))
    assert newly_permitted(ACCESS, without_training)


def test_whatever_flips_from_deny_to_permit_is_reported() -> None:
    rnd = random.Random(9)
    for _ in range(20):
        old = random_table(rnd, 5, HitPolicy.DENY_OVERRIDES)
        new = random_table(rnd, 5, HitPolicy.DENY_OVERRIDES)
        reported = newly_permitted(old, new)
        sample = [random_facts(rnd) for _ in range(120)]
        flips = [
            facts
            for facts in sample
            if evaluate(new, facts, engine="python").allowed
            and not evaluate(old, facts, engine="python").allowed
        ]
        assert reported or not flips


def test_an_analysis_that_would_explode_gives_up_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "BOX_LIMIT", 3)
    with pytest.raises(TooComplex):
        analyse(random_table(random.Random(1), 30))


def test_newly_permitted_wants_two_tables_of_permits_over_the_same_facts() -> None:
    with pytest.raises(RuleSetError):
        newly_permitted(ACCESS, table(hit=HitPolicy.FIRST))
