"""The default tables of samples: what is taken, asked about and refused, and what keeps a result back."""

from __future__ import annotations

import pytest

from rules.analysis import analyse
from rules.engine import evaluate, run_examples
from rules.facts import facts_load
from rules.points import samples_acceptance, samples_release
from rules.points.access_unlock import MENDERS
from rules.table import RuleSet

ENGINES = ("durable", "codegen", "python")
UNLISTED: dict[str, object] = {"hazards": ["flammable"], "hazard_unlisted": True}

ACCEPTANCE: list[tuple[dict[str, object], str, tuple[str, ...]]] = [
    ({}, "accept", ()),
    ({"magnetic": True, "magnetic_rule": "accept"}, "accept", ()),
    ({"volatile": True, "volatile_rule": "accept"}, "accept", ()),
    ({"magnetic_rule": "refuse", "volatile_rule": "refuse"}, "accept", ()),
    ({"hazard_refused": True}, "refuse", ("acceptance.hazard_refused",)),
    ({"hazard_controlled": True, **UNLISTED}, "refuse", ("acceptance.hazard_controlled",)),
    ({"magnetic": True, "magnetic_rule": "refuse"}, "refuse", ("acceptance.magnetic_refused",)),
    ({"volatile": True, "volatile_rule": "refuse"}, "refuse", ("acceptance.volatile_refused",)),
    ({"too_large": True}, "refuse", ("acceptance.too_large",)),
    (UNLISTED, "ask", ("acceptance.hazard_unlisted",)),
    ({**UNLISTED, "too_large": True}, "refuse", ("acceptance.too_large",)),
    ({"magnetic": True}, "ask", ("acceptance.magnetic_asked",)),
    ({"volatile": True}, "ask", ("acceptance.volatile_asked",)),
    ({"size_unknown": True}, "ask", ("acceptance.size_unknown",)),
    ({"hazard_accepted": True}, "special", ("acceptance.special_handling",)),
    ({"hazard_accepted": True, "magnetic": True}, "ask", ("acceptance.magnetic_asked",)),
]
RELEASE: list[tuple[dict[str, object], str, tuple[str, ...]]] = [
    ({}, "release", ()),
    ({"check_needed": False, "checked": False}, "release", ()),
    ({"payment_first": False, "charged": False}, "release", ()),
    ({"payment_first": False, "fund_in_debt": True}, "release", ()),
    ({"checked": False}, "wait_check", ("release.unchecked",)),
    ({"checked": False, "charged": False}, "wait_check", ("release.unchecked",)),
    ({"charged": False}, "wait_payment", ("release.uncharged",)),
    ({"fund_in_debt": True, "debt_fen": 1}, "wait_payment", ("release.unpaid",)),
]
POINTS = {"acceptance": (samples_acceptance, ACCEPTANCE), "release": (samples_release, RELEASE)}
CASES = [(name, *case) for name, (_point, cases) in POINTS.items() for case in cases]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "changes", "outcome", "codes"), CASES)
def test_each_situation_has_its_answer(
    name: str, changes: dict[str, object], outcome: str, codes: tuple[str, ...], engine: str
) -> None:
    point = POINTS[name][0]
    decision = evaluate(
        point.DEFAULT, facts_load(point.SPEC.facts, point.situation(**changes)), engine=engine
    )
    assert (decision.outcome, decision.codes) == (outcome, codes)
    for reason in decision.reasons:
        assert reason.zh
        assert reason.en
        assert reason.mender in {"", *MENDERS}


@pytest.mark.parametrize("name", POINTS)
def test_every_row_is_reached_above(name: str) -> None:
    point, cases = POINTS[name]
    reached = {
        row
        for changes, _outcome, _codes in cases
        for row in evaluate(point.DEFAULT, facts_load(point.SPEC.facts, point.situation(**changes))).deciding
    }
    assert reached == {row.id for row in point.DEFAULT.rows}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", POINTS)
def test_the_stored_examples_hold_and_nothing_is_dead(name: str, engine: str) -> None:
    point = POINTS[name][0]
    assert run_examples(point.DEFAULT, engine=engine) == []
    found = analyse(point.DEFAULT)
    assert (found.empty, found.unreachable, found.fail_open) == ((), (), ())
    assert RuleSet.from_json(point.DEFAULT.to_json(), point.SPEC.facts).digest == point.DEFAULT.digest
    assert {row.outcome for row in point.DEFAULT.rows} | {point.DEFAULT.default} == set(point.SPEC.outcomes)


def test_a_debt_is_told_in_yuan() -> None:
    facts = facts_load(
        samples_release.ReleaseFacts, samples_release.situation(fund_in_debt=True, debt_fen=1205)
    )
    (reason,) = evaluate(samples_release.DEFAULT, facts).reasons
    assert "12.05" in reason.zh
    assert "12.05" in reason.en
