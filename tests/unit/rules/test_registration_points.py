"""The default tables of ``registration.screen`` and ``registration.obstacles``: every row decides where it
should, on every engine, and whatever nobody has thought of goes to a person.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.analysis import analyse
from rules.engine import evaluate, run_examples
from rules.facts import facts_load
from rules.points import registration_obstacles as obstacles
from rules.points import registration_screen as screen
from rules.points.access_unlock import MENDERS
from rules.table import RuleSet

pytestmark = pytest.mark.once
ENGINES = ("durable", "codegen", "python")
IN_SCHOOL, EXTERNAL = ("student", "staff"), ("external_academic", "enterprise")
EVERYBODY = (*IN_SCHOOL, *EXTERNAL)

# (outcome, code, kinds of applicant, the facts that are flipped from the good situation)
SCREENED: list[tuple[str, str, tuple[str, ...], dict[str, object]]] = [
    ("reject", "registration.duplicate", EVERYBODY, {"account": "active"}),
    ("reject", "registration.suspended", EVERYBODY, {"account": "suspended"}),
    ("reject", "registration.hr_left", IN_SCHOOL, {"hr": "left"}),
    ("reject", "registration.number_expired", IN_SCHOOL, {"hr_days_left": -1}),
    ("reject", "registration.organisation_blocked", EXTERNAL, {"organisation": "blocked"}),
    ("reject", "registration.terms_missing", EVERYBODY, {"terms": "missing"}),
    ("ask_office", "registration.email_used", EVERYBODY, {"email_used": True}),
    ("ask_office", "registration.same_person", EVERYBODY, {"same_person": True}),
    ("ask_office", "registration.hr_no_record", IN_SCHOOL, {"hr": "no_record"}),
    ("ask_office", "registration.hr_name", IN_SCHOOL, {"hr": "name_differs"}),
    ("ask_office", "registration.hr_kind", IN_SCHOOL, {"hr": "kind_differs"}),
    ("ask_office", "registration.hr_email", IN_SCHOOL, {"email": "differs"}),
    ("ask_office", "registration.email_not_on_file", IN_SCHOOL, {"email": "not_on_file"}),
    ("ask_office", "registration.returning", EVERYBODY, {"account": "ended"}),
    ("ask_office", "registration.organisation_not_listed", EXTERNAL, {"organisation": "not_listed"}),
    ("ask_office", "registration.agreement_missing", EXTERNAL, {"agreement_days_left": None}),
    ("ask_office", "registration.terms_outdated", EVERYBODY, {"terms": "outdated"}),
    ("ask_office", "registration.sponsor", IN_SCHOOL, {"sponsor": "none"}),
    ("ask_office", "registration.sponsor", IN_SCHOOL, {"sponsor": "not_active"}),
    ("accept", "registration.accepted", EVERYBODY, {"wished_days": None}),
]
UNKNOWN: list[tuple[tuple[str, ...], dict[str, object]]] = [
    (("unknown",), {}),
    (EVERYBODY, {"account": "unknown"}),
    (IN_SCHOOL, {"hr": "unknown"}),
    (IN_SCHOOL, {"email": "unknown"}),
    (IN_SCHOOL, {"email": "not_asked"}),
    (IN_SCHOOL, {"hr": "not_asked"}),
    (EXTERNAL, {"organisation": "unknown"}),
    (EXTERNAL, {"organisation": "not_asked"}),
    (EXTERNAL, {"agreement_days_left": -1}),
]
HANGING: list[tuple[str, str, tuple[str, ...], dict[str, object]]] = [
    (
        "clear",
        "obstacles.urgent",
        ("self", "pi", "office", "hr", "unknown"),
        {"urgent": True, "groups_led": 1},
    ),
    ("blocked", "obstacles.session", ("self",), {"running_sessions": 1}),
    ("clear", "obstacles.none", ("pi", "office", "hr"), {"running_sessions": 1}),
    ("blocked", "obstacles.samples", ("self",), {"samples_open": 1}),
    ("hand_over", "obstacles.samples_left", ("pi", "office", "hr"), {"samples_open": 1}),
    ("blocked", "obstacles.bills", ("self",), {"unsettled_charges": 1, "unsettled_fen": 5}),
    ("hand_over", "obstacles.bills_left", ("pi", "office", "hr"), {"unsettled_charges": 1}),
    ("hand_over", "obstacles.instruments", ("self", "pi", "office", "hr"), {"instruments_managed": 1}),
    ("hand_over", "obstacles.groups", ("self", "pi", "office", "hr"), {"groups_led": 1}),
    ("hand_over", "obstacles.posts", ("self", "pi", "office", "hr"), {"posts_held": 1}),
    ("hand_over", "obstacles.steps", ("self", "pi", "office", "hr"), {"open_steps": 1}),
    ("clear", "obstacles.none", ("self", "pi", "office", "hr"), {"future_bookings": 9}),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("outcome", "code", "kinds", "changes"), SCREENED)
def test_an_application_is_screened_by_one_fact(
    outcome: str, code: str, kinds: tuple[str, ...], changes: dict[str, object], engine: str
) -> None:
    for kind in kinds:
        facts = facts_load(screen.ScreenFacts, screen.situation(kind, **changes))
        decision = evaluate(screen.DEFAULT, facts, engine=engine)
        assert (kind, decision.outcome, decision.codes) == (kind, outcome, (code,))


@pytest.mark.parametrize(("kinds", "changes"), UNKNOWN)
def test_what_is_not_known_is_never_accepted(kinds: tuple[str, ...], changes: dict[str, object]) -> None:
    for kind in kinds:
        facts = facts_load(screen.ScreenFacts, screen.situation(kind, **changes))
        assert evaluate(screen.DEFAULT, facts).outcome == "ask_office"


def test_in_school_rows_say_nothing_about_external_people_nor_the_reverse() -> None:
    for outcome, code, kinds, changes in SCREENED:
        for kind in set(EVERYBODY) - set(kinds):
            decision = evaluate(
                screen.DEFAULT, facts_load(screen.ScreenFacts, screen.situation(kind, **changes))
            )
            assert (outcome, code) not in {(decision.outcome, one) for one in decision.codes}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("outcome", "code", "starters", "changes"), HANGING)
def test_what_hangs_on_a_person_decides_how_they_leave(
    outcome: str, code: str, starters: tuple[str, ...], changes: dict[str, object], engine: str
) -> None:
    for who in starters:
        facts = facts_load(obstacles.ObstacleFacts, obstacles.situation(who, **changes))
        decision = evaluate(obstacles.DEFAULT, facts, engine=engine)
        assert (who, decision.outcome, decision.codes) == (who, outcome, (code,))


def test_every_obstacle_is_on_the_record_also_where_another_decides() -> None:
    facts = facts_load(
        obstacles.ObstacleFacts,
        obstacles.situation("hr", groups_led=2, posts_held=1, open_steps=3, unsettled_charges=1),
    )
    decision = evaluate(obstacles.DEFAULT, facts)
    assert decision.deciding == ("groups",)
    assert decision.fired == ("groups", "posts", "steps", "bills")


@given(
    who=st.sampled_from(["pi", "office", "hr"]),
    counts=st.lists(st.integers(min_value=0, max_value=3), min_size=8, max_size=8),
)
def test_nobody_who_was_asked_to_leave_is_kept_by_what_they_did_not_settle(
    who: str, counts: list[int]
) -> None:
    columns = [name for name in obstacles.FREE if name not in ("urgent", "unsettled_fen")]
    facts = facts_load(
        obstacles.ObstacleFacts, obstacles.situation(who, **dict(zip(columns, counts, strict=True)))
    )
    assert evaluate(obstacles.DEFAULT, facts, engine="codegen").outcome in ("clear", "hand_over")


@pytest.mark.parametrize("table", [screen.DEFAULT, obstacles.DEFAULT])
def test_the_tables_have_no_dead_row_and_two_sentences_and_a_mender_everywhere(table: RuleSet) -> None:
    found = analyse(table)
    assert (found.empty, found.unreachable) == ((), ())
    for row in table.rows:
        assert row.zh
        assert row.en
        assert row.code
        assert row.mender in (*MENDERS, "")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("table", [screen.DEFAULT, obstacles.DEFAULT])
def test_the_stored_examples_hold(table: RuleSet, engine: str) -> None:
    assert len(table.examples) >= 15
    assert {example.outcome for example in table.examples} == {row.outcome for row in table.rows}
    assert run_examples(table, engine=engine) == []


@pytest.mark.parametrize("table", [screen.DEFAULT, obstacles.DEFAULT])
def test_every_row_is_proven_by_an_example_or_above(table: RuleSet) -> None:
    reached: set[str] = set()
    for example in table.examples:
        reached |= set(evaluate(table, facts_load(table.facts, example.facts)).deciding)
    cases = SCREENED if table is screen.DEFAULT else HANGING
    point = screen if table is screen.DEFAULT else obstacles
    for _outcome, _code, kinds, changes in cases:
        for kind in kinds:
            facts: Any = facts_load(table.facts, point.situation(kind, **changes))
            reached |= set(evaluate(table, facts).deciding)
    assert reached == {row.id for row in table.rows}


@pytest.mark.parametrize("table", [screen.DEFAULT, obstacles.DEFAULT])
def test_the_tables_survive_json(table: RuleSet) -> None:
    assert RuleSet.from_json(table.to_json(), table.facts).digest == table.digest


def test_silent_codes_are_codes_of_the_table() -> None:
    assert {row.code for row in screen.DEFAULT.rows} > screen.SILENT
