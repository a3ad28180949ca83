"""The default table of admission: each condition refuses by itself, with its own code and who can mend it."""

from __future__ import annotations

import pytest

from rules.analysis import analyse
from rules.engine import evaluate, run_examples
from rules.facts import facts_load
from rules.points import booking_admission as point
from rules.points.access_unlock import MENDERS
from rules.points.booking_admission.rows import CONDITIONS
from rules.table import RuleSet

ENGINES = ("durable", "codegen", "python")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("code", sorted(point.FACT_OF))
def test_each_condition_alone_refuses_with_its_code_and_who_mends_it(code: str, engine: str) -> None:
    facts = facts_load(point.AdmissionFacts, point.situation(**{point.FACT_OF[code]: True}))
    decision = evaluate(point.DEFAULT, facts, engine=engine)
    assert (decision.outcome, decision.codes) == ("deny", (code,))
    (reason,) = decision.reasons
    assert reason.zh
    assert reason.en
    assert reason.mender in MENDERS


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("purpose", list(point.AdmissionPurpose))
def test_every_purpose_is_permitted_in_order_and_nothing_else_is(purpose: str, engine: str) -> None:
    facts = facts_load(point.AdmissionFacts, point.situation(purpose=purpose))
    assert evaluate(point.DEFAULT, facts, engine=engine).outcome == "permit"


def test_all_that_fails_is_told_in_the_order_of_the_rows() -> None:
    everything = dict.fromkeys(point.FACT_OF.values(), True)
    facts = facts_load(point.AdmissionFacts, point.situation(**everything))
    assert evaluate(point.DEFAULT, facts).codes == tuple(row.code for row in CONDITIONS)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_stored_examples_hold_and_nothing_is_dead(engine: str) -> None:
    assert run_examples(point.DEFAULT, engine=engine) == []
    found = analyse(point.DEFAULT)
    assert (found.empty, found.unreachable, found.fail_open) == ((), (), ())
    assert RuleSet.from_json(point.DEFAULT.to_json(), point.AdmissionFacts).digest == point.DEFAULT.digest


def test_every_fact_is_a_condition_or_an_original() -> None:
    asked = set(point.FACT_OF.values())
    assert len(asked) == len(CONDITIONS)
    assert asked < set(point.GOOD)
