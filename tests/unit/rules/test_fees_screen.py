"""The default table of the screening of fee proposals: each fault blocks or warns by its own code, and only
what fits everything goes the short way.
"""

from __future__ import annotations

import pytest

from rules.analysis import analyse
from rules.engine import evaluate, run_examples
from rules.facts import facts_load
from rules.points import fees_screen as screen

ENGINES = ("durable", "codegen", "python")
ALONE: list[tuple[dict[str, object], str, str]] = [
    ({"form_faults": 1}, screen.BLOCK, "fees.form"),
    ({"basis_faults": 1}, screen.BLOCK, "fees.basis"),
    ({"sum_faults": 1}, screen.BLOCK, "fees.sums"),
    ({"not_chargeable": 1}, screen.BLOCK, "fees.components"),
    ({"customs_unregistered": 1}, screen.WARN, "fees.customs"),
    ({"external_above_cost": 1}, screen.WARN, "fees.external_above_cost"),
    ({"below_consumables": 1}, screen.WARN, "fees.below_consumables"),
    ({"outliers": 1}, screen.WARN, "fees.outliers"),
    ({"kind": "not_open"}, screen.FULL, "fees.not_open"),
    ({"kind": "unknown"}, screen.FULL, "fees.whole_way"),
    ({"reapproval": False}, screen.FULL, "fees.whole_way"),
    ({"items_changed": True}, screen.FULL, "fees.whole_way"),
    ({"terms_changed": True}, screen.FULL, "fees.whole_way"),
    ({"within_change": False}, screen.FULL, "fees.whole_way"),
    ({"peers_known": False}, screen.FULL, "fees.whole_way"),
    ({"outside_quartiles": 1}, screen.FULL, "fees.whole_way"),
    ({"other_warnings": 1}, screen.FULL, "fees.whole_way"),
]


def decided(engine: str, **changes: object) -> tuple[str, str]:
    facts = facts_load(screen.ScreenFacts, screen.situation(**changes))
    decision = evaluate(screen.DEFAULT, facts, engine=engine)
    return decision.outcome, decision.reasons[0].code


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("changes", "outcome", "code"), ALONE)
def test_each_fact_alone_takes_a_proposal_off_the_short_way(
    engine: str, changes: dict[str, object], outcome: str, code: str
) -> None:
    assert decided(engine) == (screen.SIMPLIFIED, "fees.small_change")
    assert decided(engine, **changes) == (outcome, code)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_comes_before_what_is_unusual(engine: str) -> None:
    everything: dict[str, object] = {}
    for changes, outcome, code in reversed(ALONE[:8]):
        everything |= changes
        assert decided(engine, **everything) == (outcome, code)


@pytest.mark.parametrize("warned", [{"outliers": 1}, {"customs_unregistered": 1}, {"external_above_cost": 1}])
def test_an_answered_warning_goes_the_whole_way_and_never_the_short_one(warned: dict[str, object]) -> None:
    assert decided("python", **warned, warnings_answered=True) == (screen.FULL, "fees.whole_way")
    assert decided("python", **warned, warnings_answered=True, sum_faults=1)[0] == screen.BLOCK


@pytest.mark.parametrize("engine", ENGINES)
def test_the_examples_of_the_table_hold(engine: str) -> None:
    assert run_examples(screen.DEFAULT, engine=engine) == []


def test_every_row_is_reached_and_nothing_is_hidden() -> None:
    found = analyse(screen.DEFAULT)
    assert (found.empty, found.unreachable, found.fail_open) == ((), (), ())
    reached = {code for _changes, _outcome, code in ALONE} | {"fees.small_change"}
    assert reached == {row.code for row in screen.DEFAULT.rows}
