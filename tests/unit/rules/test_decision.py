# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""What a decision says: outcome, every reason, the nearest permit rows, the conditions."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import threading
import typing

import pytest

from rules import engine
from rules.decision import NO_PERMIT_CODE, FailingCell, combine, fill
from rules.engine import CACHE_LIMIT, ExampleFailure, close_all, conditions, evaluate, run_examples
from rules.errors import EngineFault, RuleEngineError, RuleSetError
from rules.facts import facts_digest, facts_json, facts_load
from rules.points.access_unlock import DEFAULT, UnlockFacts, situation
from rules.table import Cell, Citation, Example, HitPolicy, Row
from tests.unit.rules.tables import ACCESS, deny, li_lei, permit, table

ENGINES = ("durable", "codegen", "python")


@pytest.mark.parametrize("name", ENGINES)
def test_deny_overrides_permit_and_all_fired_rows_are_told(name: str) -> None:
    decision = evaluate(ACCESS, li_lei(trained=False), engine=name)
    assert (decision.outcome, decision.allowed, decision.engine) == ("deny", False, name)
    assert decision.deciding == ("deny-untrained",)
    assert decision.fired == ("deny-untrained", "permit-student")
    assert decision.codes == ("training.none",)


def test_all_failing_conditions_are_reasons_at_once() -> None:
    facts = li_lei(trained=False, expires=dt.date(2025, 12, 31), groups=frozenset({"黑名单"}))
    assert evaluate(ACCESS, facts).codes == ("training.none", "training.expired", "user.listed")


def test_a_null_matches_only_is_null() -> None:
    assert evaluate(ACCESS, li_lei(expires=None)).deciding == ("deny-no-expiry",)


def test_a_default_denial_names_the_nearest_permit_rows_and_their_failing_cells() -> None:
    decision = evaluate(ACCESS, li_lei(hours=5, state="draft"))
    assert (decision.outcome, decision.deciding, decision.codes) == ("deny", (), (NO_PERMIT_CODE,))
    nearest = decision.nearest[0]
    assert nearest.row == "permit-student"
    assert nearest.failing == (
        FailingCell("state", "eq", "approved", "draft"),
        FailingCell("hours", "lte", 4, 5),
    )


def test_a_permit_row_of_another_purpose_is_never_the_nearest() -> None:
    rules = table(
        permit("elsewhere", Cell("state", "eq", "waived")),
        permit("here", Cell("state", "eq", "approved"), Cell("hours", "gt", 5), Cell("role", "eq", "staff")),
        discriminator="state",
    )
    assert [nearest.row for nearest in evaluate(rules, li_lei()).nearest] == ["here", "elsewhere"]


def test_first_takes_the_first_row_and_falls_to_its_default() -> None:
    rows = tuple(
        Row(f"r{i}", (Cell("hours", "gte", i),), outcome) for i, outcome in enumerate(["a", "b", "b"])
    )
    rules = table(*rows, hit=HitPolicy.FIRST)
    decision = evaluate(rules, li_lei(hours=2))
    assert (decision.outcome, decision.deciding, decision.fired) == ("a", ("r0",), ("r0", "r1", "r2"))
    fallen = evaluate(rules, li_lei(hours=-1))
    assert (fallen.outcome, fallen.reasons, fallen.nearest, fallen.allowed) == ("none", (), (), False)


@pytest.mark.parametrize("policy", ["unique", "any", "priority", "collect"])
def test_policies_that_are_not_supported_are_refused_by_name(policy: str) -> None:
    with pytest.raises(RuleSetError, match=policy) as caught:
        evaluate(table(hit=HitPolicy(policy)), li_lei())
    assert caught.value.code == "rules.hit_policy_unsupported"
    with pytest.raises(RuleSetError, match=policy):
        combine(table(hit=HitPolicy(policy)), ())


def test_an_empty_table_denies() -> None:
    decision = evaluate(table(), li_lei())
    assert (decision.allowed, decision.fired, decision.nearest) == (False, (), ())


def test_reasons_are_filled_from_the_facts() -> None:
    row = Row(
        "r",
        (),
        "deny",
        "a.b",
        "欠 {hours:yuan} 元，{left:abs} 天，{expires}，{groups}",
        "{hours:yuan} {hours} {state} {{}}",
        "pi",
        cite=Citation("规定", "1", "2026-01-01"),
    )
    reason = evaluate(table(row), li_lei(hours=-1205, left=-3, expires=None, groups=frozenset("ab"))).reasons[
        0
    ]
    assert reason.zh == "欠 -12.05 元，3 天，—，a, b"
    assert reason.en == "-12.05 -1205 approved {}"
    assert (reason.mender, reason.cite) == ("pi", Citation("规定", "1", "2026-01-01"))


def test_a_level_is_said_in_the_words_of_the_sentence() -> None:
    short = situation("booking", certificate_level="assisted", certificate_level_ok=False)
    [said] = evaluate(DEFAULT, facts_load(UnlockFacts, short)).reasons
    assert "协助" in said.zh
    assert "assisted" not in said.zh
    assert "(assisted)" in said.en


@pytest.mark.parametrize(("fen", "shown"), [(-565015, "0.00"), (0, "0.00"), (5, "0.05"), (None, "—")])
def test_what_is_left_is_never_less_than_nothing(fen: int | None, shown: str) -> None:
    assert fill("{hours:left}", {"hours": fen}) == shown


def test_an_overspent_fund_is_refused_in_words_without_a_minus() -> None:
    overspent = situation("booking", fund_covers_estimate=False, fund_available_fen=-565015)
    reasons = evaluate(DEFAULT, facts_load(UnlockFacts, overspent)).reasons
    assert [reason.en for reason in reasons if reason.code == "fund.insufficient"] == [
        "The use is estimated at 120.00 yuan, 0.00 yuan are left"
    ]


def test_a_decision_carries_what_a_replay_needs() -> None:
    facts = li_lei()
    decision = evaluate(ACCESS, facts)
    assert (decision.key, decision.version, decision.digest) == (ACCESS.key, 1, ACCESS.digest)
    assert (decision.facts, decision.facts_digest) == (facts_json(facts), facts_digest(facts))
    assert decision.facts_schema == 1
    assert decision.used == ("state", "role", "trained", "expires", "fee", "hours", "groups")
    plain = json.loads(json.dumps(decision.to_json()))
    assert (plain["allowed"], plain["codes"], plain["reasons"][0]["row"]) == (
        True,
        ["test.permitted"],
        "permit-student",
    )


PURPOSE = table(
    deny(
        "everyone",
        Cell("trained", "eq", value=False),
        Cell("left", "lt", 3),
        code="a.everyone",
        title_en="Trained",
    ),
    deny("booked", Cell("state", "eq", "approved"), Cell("hours", "gt", 4), code="a.booked", mender="self"),
    deny("draft", Cell("state", "eq", "draft"), code="a.draft"),
    permit("ok"),
    discriminator="state",
)


def test_conditions_are_the_relevant_deny_rows_met_or_failed() -> None:
    facts = li_lei(trained=False, left=1)
    found = conditions(PURPOSE, facts)
    assert [(view.row, view.code, view.met, view.columns) for view in found] == [
        ("everyone", "a.everyone", False, ("trained", "left")),
        ("booked", "a.booked", True, ("hours",)),
    ]
    assert (found[0].title_en, found[1].mender) == ("Trained", "self")
    assert conditions(PURPOSE, facts, decision=evaluate(PURPOSE, facts)) == found


def test_conditions_refuse_a_decision_about_something_else() -> None:
    with pytest.raises(EngineFault) as caught:
        conditions(PURPOSE, li_lei(), decision=evaluate(PURPOSE, li_lei(hours=3)))
    assert caught.value.code == "rules.decision_mismatch"
    with pytest.raises(RuleSetError):
        conditions(table(hit=HitPolicy.FIRST), li_lei())


def test_examples_that_do_not_hold_are_told_with_what_was_found() -> None:
    fine = Example("fine", facts_json(li_lei()), "permit")
    bad = Example("untrained", facts_json(li_lei(trained=False)), "deny", ("training.none",))
    rules = dataclasses.replace(ACCESS, examples=(fine, bad))
    for name in ENGINES:
        assert run_examples(rules, engine=name) == []
    broken = dataclasses.replace(rules, rows=rules.rows[4:])
    wanted, found = ("deny", ("training.none",)), ("permit", ("test.permitted",))
    assert run_examples(broken) == [ExampleFailure("untrained", wanted, found)]


def test_the_cache_is_bounded_and_closes_what_it_drops() -> None:
    close_all()
    for version in range(1, CACHE_LIMIT + 20):
        assert evaluate(dataclasses.replace(ACCESS, version=version), li_lei()).version == version
    assert len(engine._CACHE.entries) == CACHE_LIMIT
    oldest = next(iter(engine._CACHE.entries.values()))
    evaluate(dataclasses.replace(ACCESS, version=1000), li_lei())
    with pytest.raises(EngineFault, match="closed"):
        oldest.matcher.match({})
    close_all()


def test_a_table_dropped_while_in_use_is_closed_only_afterwards() -> None:
    with engine._CACHE.lease(ACCESS, "durable") as compiled:
        vector = compiled.program.encode(li_lei())
        dropped = threading.Thread(target=close_all)
        dropped.start()
        dropped.join()
        assert compiled.matcher.match(vector) == (4,)
    with pytest.raises(EngineFault, match="closed"):
        compiled.matcher.match(vector)


def test_a_forked_child_starts_with_a_free_cache() -> None:
    evaluate(ACCESS, li_lei())
    with engine._CACHE.lock:  # as if another thread held it at the moment of the fork
        engine._CACHE.reset()
    assert evaluate(ACCESS, li_lei()).allowed


def test_a_fork_waits_for_a_compilation_and_lets_it_go_on() -> None:
    engine._CACHE.before_fork()
    waiting = threading.Thread(target=evaluate, args=(ACCESS, li_lei()))
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    engine._CACHE.after_fork_in_parent()
    waiting.join(10)
    assert not waiting.is_alive()


def test_every_error_is_of_one_family_and_has_a_dotted_code() -> None:
    def family(kind: type[RuleEngineError]) -> typing.Iterator[type[RuleEngineError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from family(child)

    codes = {kind.default_code for kind in family(RuleEngineError)}
    assert len(codes) == 7
    assert all(code.startswith("rules.") for code in codes)
