"""The default table of routes: who is asked, in which order, and who never is."""

from __future__ import annotations

import pytest

from rules.analysis import analyse
from rules.engine import evaluate, run_examples
from rules.facts import facts_load
from rules.points import booking_route as point
from rules.table import RuleSet

ENGINES = ("durable", "codegen", "python")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("hour", ["day", "night"])
@pytest.mark.parametrize("terms", [one.value for one in point.TermsRoute])
def test_the_terms_name_who_is_asked_and_night_adds_the_head_of_the_lab(
    terms: str, hour: str, engine: str
) -> None:
    night = hour == "night"
    facts = facts_load(point.RouteFacts, point.situation(terms_route=terms, touches_night=night))
    asked = point.ASKED[evaluate(point.DEFAULT, facts, engine=engine).outcome]
    expected = {"auto": (), "pi": ("pi",), "manager": ("manager",), "both": ("pi", "manager")}.get(terms)
    if expected is None:
        assert asked == ("lab_head",)
    else:
        assert asked == (*expected, "lab_head") if night and expected else asked == expected


@pytest.mark.parametrize("change", [{"by_crew": True}, {"user_is_crew": True}, {"purpose": "teaching"}])
def test_the_crew_asks_nobody(change: dict[str, object]) -> None:
    facts = facts_load(point.RouteFacts, point.situation(terms_route="both", touches_night=True, **change))
    assert evaluate(point.DEFAULT, facts).outcome == point.AUTO


@pytest.mark.parametrize("engine", ENGINES)
def test_the_stored_examples_hold_and_nothing_is_dead(engine: str) -> None:
    assert run_examples(point.DEFAULT, engine=engine) == []
    found = analyse(point.DEFAULT)
    assert (found.empty, found.unreachable) == ((), ())
    assert RuleSet.from_json(point.DEFAULT.to_json(), point.RouteFacts).digest == point.DEFAULT.digest
    assert {row.outcome for row in point.DEFAULT.rows} == set(point.ASKED)
