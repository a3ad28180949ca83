"""The default table of hosting: every term outside its limit refuses by itself, and all are told at once."""

from __future__ import annotations

import pytest

from rules.analysis import analyse
from rules.engine import conditions, evaluate, run_examples
from rules.facts import facts_load
from rules.points import hosting_terms as point
from rules.points.access_unlock import MENDERS
from rules.table import RuleSet

ENGINES = ("durable", "codegen", "python")


def about(**changes: object) -> point.TermsFacts:
    found = facts_load(point.TermsFacts, point.situation(**changes))
    assert isinstance(found, point.TermsFacts)
    return found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("row", point.CONDITIONS, ids=lambda row: row.id)
def test_each_condition_alone_refuses_with_its_code(row: object, engine: str) -> None:
    (cell,) = row.cells  # type: ignore[attr-defined]
    decision = evaluate(point.DEFAULT, about(**{cell.column: True}), engine=engine)
    assert (decision.outcome, decision.codes) == ("deny", (row.code,))  # type: ignore[attr-defined]
    (reason,) = decision.reasons
    assert reason.zh
    assert reason.en
    assert reason.mender in MENDERS


@pytest.mark.parametrize("engine", ENGINES)
def test_the_examples_hold_on_every_engine(engine: str) -> None:
    assert run_examples(point.DEFAULT, engine=engine) == []


def test_an_unknown_price_never_opens() -> None:
    assert evaluate(point.DEFAULT, about(price_class="unknown")).outcome == "deny"


def test_the_table_has_no_dead_row_and_does_not_fail_open() -> None:
    found = analyse(point.DEFAULT)
    assert (found.empty, found.unreachable, found.fail_open) == ((), (), ())
    assert RuleSet.from_json(point.DEFAULT.to_json(), point.TermsFacts).digest == point.DEFAULT.digest


def test_every_condition_has_a_name_in_both_languages() -> None:
    shown = conditions(point.DEFAULT, about())
    assert len(shown) == len(point.CONDITIONS)
    assert all(view.title_zh and view.title_en for view in shown)
