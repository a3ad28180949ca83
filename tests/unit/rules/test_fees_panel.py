"""The default table of ``fees.panel``: each reason excludes alone, by its own code; all of them are told at
once.
"""

from __future__ import annotations

import pytest

from rules.analysis import analyse
from rules.engine import conditions, evaluate, run_examples
from rules.facts import facts_load
from rules.points import fees_panel
from rules.points.access_unlock import MENDERS
from rules.table import RuleSet

ENGINES = ("durable", "codegen", "python")
REASONS: list[tuple[str, dict[str, object]]] = [
    ("panel.inactive", {"active": False}),
    ("panel.no_vote", {"votes": False}),
    ("panel.absent", {"absent": True}),
    ("panel.load", {"load": 6, "load_reached": True}),
    ("conflict.applicant", {"is_applicant": True}),
    ("conflict.crew", {"own_crew": True}),
    ("conflict.group", {"own_group": True}),
    ("conflict.owner", {"hosted_owner": True}),
    ("conflict.lab", {"own_lab": True}),
    ("conflict.department", {"own_department": True}),
]


def about(**changes: object) -> fees_panel.PanelFacts:
    return facts_load(fees_panel.PanelFacts, fees_panel.situation(**changes))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("code", "changes"), REASONS)
def test_one_reason_excludes_with_exactly_its_code(
    code: str, changes: dict[str, object], engine: str
) -> None:
    decision = evaluate(fees_panel.DEFAULT, about(**changes), engine=engine)
    assert (decision.allowed, decision.codes) == (False, (code,))
    assert all(r.zh and r.en and r.mender in MENDERS for r in decision.reasons)


@pytest.mark.parametrize("engine", ENGINES)
def test_everything_is_told_at_once(engine: str) -> None:
    changes: dict[str, object] = {}
    for _code, more in REASONS:
        changes |= more
    decision = evaluate(fees_panel.DEFAULT, about(**changes), engine=engine)
    assert set(decision.codes) == {code for code, _changes in REASONS}


@pytest.mark.parametrize("familiarity", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("engine", ENGINES)
def test_what_somebody_knows_ranks_them_and_never_excludes(familiarity: int | None, engine: str) -> None:
    assert evaluate(fees_panel.DEFAULT, about(familiarity=familiarity), engine=engine).allowed


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_department_is_a_matter_of_policy(engine: str) -> None:
    allowed = about(own_department=True, department_excluded=False)
    assert evaluate(fees_panel.DEFAULT, allowed, engine=engine).allowed


@pytest.mark.parametrize("engine", ENGINES)
def test_the_examples_hold_on_every_engine(engine: str) -> None:
    assert run_examples(fees_panel.DEFAULT, engine=engine) == []


def test_the_table_has_no_dead_row_and_does_not_fail_open() -> None:
    found = analyse(fees_panel.DEFAULT)
    assert (found.empty, found.unreachable, found.fail_open) == ((), (), ())
    again = RuleSet.from_json(fees_panel.DEFAULT.to_json(), fees_panel.PanelFacts)
    assert again.digest == fees_panel.DEFAULT.digest


def test_every_condition_has_a_name_in_both_languages() -> None:
    shown = conditions(fees_panel.DEFAULT, about())
    assert len(shown) == len(REASONS)
    assert all(view.title_zh and view.title_en for view in shown)
