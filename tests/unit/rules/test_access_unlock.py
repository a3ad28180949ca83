"""The default table of the gate: every condition denies alone, by its own code, and nothing else opens."""

from __future__ import annotations

import dataclasses
import random
import typing

import pytest

from rules.analysis import analyse
from rules.engine import conditions, evaluate, run_examples
from rules.facts import columns_of, facts_load
from rules.points.access_unlock import DEFAULT, MENDERS, PURPOSES, UnlockFacts, situation
from rules.table import RuleSet

ENGINES = ("durable", "codegen", "python")
SELF = ("booking", "walk_in")
TAUGHT = (*SELF, "training", "teaching")
USES = (*TAUGHT, "sample_run")
ALL = PURPOSES


def facts(purpose: str, **changes: object) -> UnlockFacts:
    return facts_load(UnlockFacts, situation(purpose, **changes))


# (code, purposes, the facts that are flipped from the good situation)
REFUSALS: list[tuple[str, tuple[str, ...], dict[str, object]]] = [
    ("user.suspended", ALL, {"user_state": "suspended"}),
    ("user.inactive", ALL, {"user_state": "inactive"}),
    ("user.inactive", ALL, {"user_state": "unknown"}),
    ("user.visitor", TAUGHT, {"user_kind": "visitor"}),
    ("user.visitor", TAUGHT, {"user_kind": "unknown"}),
    ("card.blocked", ALL, {"card_state": "blocked"}),
    ("card.unknown", ALL, {"card_state": "unknown"}),
    ("instrument.out_of_service", USES, {"instrument_state": "out_of_service"}),
    ("instrument.locked", ALL, {"instrument_state": "locked"}),
    ("instrument.unknown", ALL, {"instrument_state": "unknown"}),
    ("instrument.level", TAUGHT, {"opening_level": 2}),
    ("instrument.level", USES, {"opening_level": 1}),
    ("incident.open", ALL, {"incident": "locked"}),
    ("incident.open", ALL, {"incident": "unknown"}),
    ("incident.open", USES, {"incident": "refuse_new"}),
    ("safety.none", ALL, {"safety_clearance_days_left": None}),
    ("safety.expired", ALL, {"safety_clearance_days_left": -1}),
    ("hosting.ended", USES, {"hosting_state": "ended"}),
    ("hosting.ended", USES, {"hosting_state": "unknown"}),
    ("customs.external", USES, {"customs_supervised": True, "external_user": True}),
    ("training.none", SELF, {"certificate_level": "none", "certificate_days_left": None}),
    ("training.none", SELF, {"certificate_level": "none"}),
    ("training.none", SELF, {"certificate_days_left": None}),
    ("training.level", SELF, {"certificate_level": "assisted", "certificate_level_ok": False}),
    ("training.expired", SELF, {"certificate_days_left": -1}),
    ("training.suspended", SELF, {"certificate_suspended": True}),
    ("night.closed", SELF, {"night": True, "night_endorsed": True, "night_self_use": False}),
    ("night.endorsement", SELF, {"night": True}),
    ("night.alone", SELF, {"night": True, "night_endorsed": True, "people_present": 0}),
    ("booking.none", ("booking",), {"booking": "none"}),
    ("booking.other", ("booking",), {"booking": "other"}),
    ("booking.early", ("booking",), {"booking_open": False, "minutes_to_start": 20}),
    ("walkin.not_allowed", ("walk_in",), {"walk_in_allowed": False}),
    ("walkin.taken", ("walk_in",), {"booking": "other"}),
    ("fee.none", SELF, {"fee_in_force": False}),
    ("fund.none", SELF, {"fund_state": "none", "fund_covers_estimate": False}),
    ("fund.blocked", SELF, {"fund_state": "blocked"}),
    ("fund.blocked", SELF, {"fund_state": "unknown"}),
    ("fund.insufficient", SELF, {"fund_covers_estimate": False, "fund_available_fen": 11_999}),
    ("arrears.overdue", SELF, {"arrears_days": 31}),
    ("node.in_use", ALL, {"node_state": "in_use"}),
    ("node.in_use", ALL, {"node_state": "unknown"}),
    ("node.own_use", ALL, {"node_state": "own_use"}),
    ("access.too_short", ALL, {"clearance_too_short": True}),
    ("sample.operator", ("sample_run",), {"crew_member": False}),
    ("sample.state", ("sample_run",), {"sample_state": "none"}),
    ("sample.state", ("sample_run",), {"sample_state": "requested"}),
    ("sample.state", ("sample_run",), {"sample_state": "tested"}),
    ("sample.state", ("sample_run",), {"sample_state": "closed"}),
    ("sample.state", ("sample_run",), {"sample_state": "unknown"}),
    ("supervised.session", ("training",), {"training_session_now": False}),
    ("supervised.trainer", ("training",), {"supervisor_present": False}),
    ("teaching.slot", ("teaching",), {"teaching_slot_now": False}),
    ("teaching.teacher", ("teaching",), {"responsible_teacher": False}),
    ("maintenance.order", ("maintenance",), {"work_order_open": False}),
    ("maintenance.person", ("maintenance",), {"crew_member": False}),
    ("commissioning.closed", ("commissioning",), {"commissioning_open": False}),
    ("commissioning.person", ("commissioning",), {"crew_member": False}),
    ("emergency.crew", ("emergency",), {"crew_member": False}),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_everything_in_order_opens_for_its_purpose(purpose: str, engine: str) -> None:
    decision = evaluate(DEFAULT, facts(purpose), engine=engine)
    assert (decision.allowed, decision.engine) == (True, engine)
    assert decision.codes == ("access.permitted",)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("code", "purposes", "changes"), REFUSALS)
def test_one_failing_condition_refuses_with_exactly_its_code(
    code: str, purposes: tuple[str, ...], changes: dict[str, object], engine: str
) -> None:
    for purpose in purposes:
        decision = evaluate(DEFAULT, facts(purpose, **changes), engine=engine)
        assert (purpose, decision.allowed, decision.codes) == (purpose, False, (code,))
        assert all(reason.zh and reason.en and reason.mender in MENDERS for reason in decision.reasons)


@pytest.mark.parametrize(("code", "purposes", "changes"), REFUSALS)
def test_a_condition_refuses_no_purpose_that_it_does_not_concern(
    code: str, purposes: tuple[str, ...], changes: dict[str, object]
) -> None:
    for purpose in set(PURPOSES) - set(purposes):
        assert code not in evaluate(DEFAULT, facts(purpose, **changes)).codes


def test_every_deny_row_is_proven_reachable_above() -> None:
    reached = {
        row
        for _, purposes, changes in REFUSALS
        for purpose in purposes
        for row in evaluate(DEFAULT, facts(purpose, **changes)).deciding
    }
    assert {row.id for row in DEFAULT.rows if row.outcome == "deny"} == reached


def test_the_analysis_finds_no_dead_row_and_nothing_that_fails_open() -> None:
    found = analyse(DEFAULT)
    assert (found.empty, found.unreachable, found.fail_open, found.gaps) == ((), (), (), ())


@pytest.mark.parametrize("engine", ENGINES)
def test_the_stored_examples_hold(engine: str) -> None:
    assert len(DEFAULT.examples) >= 15
    assert run_examples(DEFAULT, engine=engine) == []


def test_the_table_survives_json() -> None:
    assert RuleSet.from_json(DEFAULT.to_json(), UnlockFacts).digest == DEFAULT.digest


def test_free_use_asks_neither_fee_nor_fund() -> None:
    free = facts(
        "booking", use_charged=False, fee_in_force=False, fund_state="none", fund_covers_estimate=False
    )
    assert evaluate(DEFAULT, free).allowed


def test_a_fee_transition_forgives_the_missing_fee_only() -> None:
    assert evaluate(DEFAULT, facts("booking", fee_in_force=False, fee_transition=True)).allowed
    poor = facts("booking", fee_in_force=False, fee_transition=True, fund_state="none")
    assert evaluate(DEFAULT, poor).codes == ("fund.none",)


def test_a_registered_external_use_and_a_service_engineer_are_let_in() -> None:
    registered = facts("booking", customs_supervised=True, external_user=True, external_use_registered=True)
    assert evaluate(DEFAULT, registered).allowed
    engineer = {"crew_member": False, "service_engineer": True, "user_kind": "enterprise"}
    assert evaluate(DEFAULT, facts("maintenance", **engineer)).allowed
    assert evaluate(DEFAULT, facts("commissioning", **engineer)).allowed


def test_an_instrument_out_of_service_may_be_repaired_but_not_a_locked_one() -> None:
    assert evaluate(DEFAULT, facts("maintenance", instrument_state="out_of_service")).allowed
    assert not evaluate(DEFAULT, facts("maintenance", instrument_state="locked")).allowed


def test_the_night_needs_no_second_person_where_the_instrument_asks_for_none() -> None:
    alone = {"night": True, "night_endorsed": True, "people_present": 0}
    assert evaluate(DEFAULT, facts("booking", second_person_required=False, **alone)).allowed


def test_the_reason_speaks_in_yuan_and_days() -> None:
    poor = facts("booking", fund_covers_estimate=False, fund_available_fen=5, certificate_days_left=-12)
    reasons = {reason.code: reason.en for reason in evaluate(DEFAULT, poor).reasons}
    assert reasons["fund.insufficient"] == "The use is estimated at 120.00 yuan, 0.05 yuan are left"
    assert reasons["training.expired"] == "Your certificate ended 12 days ago"


def test_conditions_list_each_relevant_row_with_its_facts_and_a_title() -> None:
    found = conditions(DEFAULT, facts("booking", fee_in_force=False))
    failed = [view for view in found if not view.met]
    assert [(view.code, view.columns, view.mender) for view in failed] == [
        ("fee.none", ("use_charged", "fee_in_force", "fee_transition"), "manager")
    ]
    codes = {view.code for view in found}
    assert {"user.suspended", "booking.none", "training.expired"} <= codes
    assert not codes & {"walkin.taken", "sample.state", "emergency.crew"}
    assert all(view.title_zh and view.title_en for view in found)


def test_no_random_situation_opens_what_a_plain_reading_of_the_conditions_refuses() -> None:
    rnd = random.Random(20261123)  # noqa: S311
    columns = columns_of(UnlockFacts)
    values: dict[str, list[typing.Any]] = {
        name: list(column.values or ([True, False] if column.kind.value == "bool" else [-1, 0, 1, 3, 40]))
        + ([None] if column.nullable else [])
        for name, column in columns.items()
    }
    for _ in range(400):
        changed = rnd.sample(sorted(columns), 6)
        data = situation(rnd.choice(PURPOSES)) | {name: rnd.choice(values[name]) for name in changed}
        decision = evaluate(DEFAULT, facts_load(UnlockFacts, data))
        if decision.allowed:
            assert _plainly_permitted(data)
        assert decision.allowed == (decision.codes == ("access.permitted",))


def _plainly_permitted(data: dict[str, typing.Any]) -> bool:
    clearance = data["safety_clearance_days_left"]
    everyone = (
        data["user_state"] == "active"
        and data["card_state"] in ("active", "not_used")
        and data["instrument_state"] in ("in_service", "out_of_service")
        and data["incident"] in ("none", "refuse_new")
        and clearance is not None
        and clearance >= 0
    )
    if data["purpose"] not in SELF:
        return everyone
    paid = not data["use_charged"] or (data["fund_state"] == "usable" and data["fund_covers_estimate"])
    days = data["certificate_days_left"]
    trained = data["certificate_level_ok"] and days is not None and days >= 0
    return bool(everyone and trained and paid and data["booking"] != "other" and data["incident"] == "none")


def test_every_condition_is_there_in_both_languages_and_knows_who_mends_it() -> None:
    denials = [row for row in DEFAULT.rows if row.outcome == "deny"]
    assert len(denials) >= 43
    assert all(row.title_zh and row.title_en and row.mender in MENDERS for row in denials)
    assert dataclasses.fields(UnlockFacts)[0].name == DEFAULT.discriminator
