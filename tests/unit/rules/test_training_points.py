"""The default tables of training: each condition refuses alone, by its own code; levels and ends follow in
their order.
"""

from __future__ import annotations

import random
import typing

import pytest

from rules.analysis import analyse
from rules.engine import conditions, evaluate, run_examples
from rules.facts import columns_of, facts_load
from rules.points import training_eligibility as eligibility
from rules.points import training_lapse as lapse
from rules.points import training_level as level
from rules.points.access_unlock import MENDERS
from rules.table import RuleSet

ENGINES = ("durable", "codegen", "python")
ALL = eligibility.KINDS
WHOLE = ("new", "upgrade")

REFUSALS: list[tuple[str, tuple[str, ...], dict[str, object]]] = [
    ("user.suspended", ALL, {"user_state": "suspended"}),
    ("user.inactive", ALL, {"user_state": "inactive"}),
    ("user.inactive", ALL, {"user_state": "unknown"}),
    ("user.visitor", ALL, {"user_kind": "visitor"}),
    ("user.visitor", ALL, {"user_kind": "unknown"}),
    ("safety.none", ALL, {"safety_clearance_days_left": None}),
    ("safety.expired", ALL, {"safety_clearance_days_left": -1}),
    ("fund.none", ALL, {"fund": "none"}),
    ("fund.none", ALL, {"fund": "unknown"}),
    ("training.course_closed", ALL, {"course_open": False}),
    ("instrument.level", ALL, {"instrument_open": False}),
    ("incident.open", ALL, {"incident": "refuse_new"}),
    ("incident.open", ALL, {"incident": "locked"}),
    ("incident.open", ALL, {"incident": "unknown"}),
    ("training.no_attempts", ALL, {"attempts_left": 0}),
    ("training.suspended", ALL, {"certificate_suspended": True}),
    ("training.held", ("new", "difference", "upgrade"), {"held_already": True}),
    ("training.prerequisite", WHOLE, {"prerequisite_held": False}),
    ("training.required_courses", WHOLE, {"courses_held": False}),
    ("training.no_lower", ("upgrade",), {"lower_held": False}),
    ("training.no_sister", ("difference",), {"sister_held": False}),
    ("training.nothing_to_renew", ("renewal",), {"renewal": "none"}),
    ("training.renewal_early", ("renewal",), {"renewal": "early"}),
    ("training.renewal_late", ("renewal",), {"renewal": "late"}),
]


def eligible(kind: str, **changes: object) -> eligibility.EligibilityFacts:
    return facts_load(eligibility.EligibilityFacts, eligibility.situation(kind, **changes))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("code", "kinds", "changes"), REFUSALS)
def test_one_missing_thing_refuses_with_exactly_its_code(
    code: str, kinds: tuple[str, ...], changes: dict[str, object], engine: str
) -> None:
    for kind in ALL:
        decision = evaluate(eligibility.DEFAULT, eligible(kind, **changes), engine=engine)
        if kind in kinds:
            assert (kind, decision.codes) == (kind, (code,))
            assert all(r.zh and r.en and r.mender in MENDERS for r in decision.reasons)
        else:
            assert (kind, decision.codes) == (kind, ("training.eligible",))


def test_every_refusal_is_proven_reachable_above() -> None:
    reached = {
        row
        for _code, kinds, changes in REFUSALS
        for kind in kinds
        for row in evaluate(eligibility.DEFAULT, eligible(kind, **changes)).deciding
    }
    assert reached == {row.id for row in eligibility.DEFAULT.rows if row.outcome == "deny"}


def test_every_condition_has_its_words_in_both_languages() -> None:
    for view in conditions(eligibility.DEFAULT, eligible("new")):
        assert view.met
        assert view.title_zh
        assert view.title_en


@pytest.mark.parametrize("point", [eligibility, level, lapse])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_stored_examples_hold_and_nothing_is_dead(point: typing.Any, engine: str) -> None:
    assert run_examples(point.DEFAULT, engine=engine) == []
    found = analyse(point.DEFAULT)
    assert (found.empty, found.unreachable, found.fail_open) == ((), (), ())
    facts_type = point.SPEC.facts
    assert RuleSet.from_json(point.DEFAULT.to_json(), facts_type).digest == point.DEFAULT.digest
    assert {row.outcome for row in point.DEFAULT.rows} | {point.DEFAULT.default} == set(point.SPEC.outcomes)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "full"),
        ({"exam_passed": False}, "none"),
        ({"minutes_missing": 1}, "none"),
        ({"assessment_passed": False}, "none"),
        ({"critical_failed": True}, "none"),
        ({"assessment_percent": 74}, "probation"),
        ({"assessment_percent": 75}, "full"),
        ({"exam_attempts": 2}, "full"),
        ({"exam_attempts": 3}, "probation"),
        ({"wished_level": "trainer", "assessment_percent": 69}, "lower"),
        ({"wished_level": "trainer", "assessment_percent": 70}, "probation"),
        ({"wished_level": "advanced", "kind": "renewal", "assessment_percent": 60}, "probation"),
        ({"assessment_asked": False, "assessment_passed": False, "assessment_percent": None}, "full"),
        ({"exam_asked": False, "exam_passed": False, "exam_percent": None}, "full"),
    ],
)
def test_a_level_is_proposed_from_what_was_shown(
    changes: dict[str, object], outcome: str, engine: str
) -> None:
    facts = facts_load(level.LevelFacts, level.situation(**changes))
    assert evaluate(level.DEFAULT, facts, engine=engine).outcome == outcome


def test_nothing_is_proposed_while_anything_asked_for_is_missing() -> None:
    rnd = random.Random(20261123)  # noqa: S311
    columns = columns_of(level.LevelFacts)
    values: dict[str, list[typing.Any]] = {
        name: list(column.values or ([True, False] if column.kind.value == "bool" else [0, 1, 3, 60, 90]))
        + ([None] if column.nullable else [])
        for name, column in columns.items()
    }
    for _ in range(400):
        data: dict[str, typing.Any] = {
            **level.GOOD,
            **{name: rnd.choice(values[name]) for name in rnd.sample(sorted(columns), 6)},
        }
        found = evaluate(level.DEFAULT, facts_load(level.LevelFacts, data))
        asked = data["assessment_asked"]
        missing = (
            (data["exam_asked"] and not data["exam_passed"])
            or data["minutes_missing"] > 0
            or (asked and (data["critical_failed"] or not data["assessment_passed"]))
        )
        assert (found.outcome == "none") == bool(missing)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"days_to_expiry": 31}, "keep"),
        ({"days_to_expiry": 30}, "warn"),
        ({"days_to_expiry": 0}, "warn"),
        ({"days_to_expiry": -1}, "lapse"),
        ({"disuse_days_left": 31}, "keep"),
        ({"disuse_days_left": 30}, "warn"),
        ({"disuse_days_left": 0}, "warn"),
        ({"disuse_days_left": -1}, "lapse"),
        ({"disuse_days_left": None, "days_since_use": 5000}, "keep"),
        ({"days_to_expiry": 3, "warned": True}, "keep"),
        ({"days_to_expiry": 3, "better_held": True}, "keep"),
        ({"disuse_days_left": -1, "better_held": True}, "lapse"),
    ],
)
def test_a_certificate_is_kept_warned_about_or_lapses(
    changes: dict[str, object], outcome: str, engine: str
) -> None:
    facts = facts_load(lapse.LapseFacts, lapse.situation(**changes))
    assert evaluate(lapse.DEFAULT, facts, engine=engine).outcome == outcome
