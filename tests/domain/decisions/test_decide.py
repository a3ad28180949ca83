"""Every decision is recorded with what was known; whatever goes wrong is a refusal and an alarm."""

import dataclasses
import logging
from datetime import datetime
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import IntegrityError, OperationalError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from apps.core.models import Fact
from apps.decisions import judging, queries
from apps.decisions.checks import check_engine
from apps.decisions.models import DecisionRecord
from apps.decisions.operations import Decided, decide, install_defaults
from apps.decisions.replay import replay
from rules.engines import ENGINES
from rules.errors import RuleSetError
from rules.facts import columns_of, facts_json, facts_load
from rules.points.access_unlock import KEY, PURPOSES, UnlockFacts, situation

pytestmark = pytest.mark.django_db


class WrongEngine:
    """An engine that a site registered and that never matches anything: it disagrees with every other."""

    def compile(self, rows: Any) -> "WrongEngine":
        return self

    def match(self, vector: Any) -> tuple[int, ...]:
        return ()

    def close(self) -> None:
        return None


def facts(purpose: str = "booking", **changes: Any) -> UnlockFacts:
    return facts_load(UnlockFacts, situation(purpose, **changes))


def ask(found: UnlockFacts, now: datetime) -> Decided:
    return decide(
        point=KEY,
        facts=found,
        sources={"purpose": {"kind": "test", "ref": "1"}},
        subject_id=None,
        object_ref="instrument:x",
        asked_by="test",
        now=now,
    )


def test_a_permit_is_recorded_with_facts_sources_version_and_engine(now: datetime) -> None:
    install_defaults(now=now)
    decided = ask(facts(), now)
    record = DecisionRecord.objects.get()
    assert decided.allowed
    assert (record.outcome, record.engine, record.codes) == ("permit", "durable", ["access.permitted"])
    assert record.facts == facts_json(facts())
    assert record.sources == {"purpose": {"kind": "test", "ref": "1"}}
    assert record.ruleset is not None
    assert (record.ruleset.version, record.decided_at, record.fired) == (1, now, ["permit-booking"])


def test_a_busy_database_is_no_refusal_but_an_error_to_try_again(now: datetime) -> None:
    install_defaults(now=now)
    queries._tables.clear()

    def busy(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if '"body"' in sql:
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(busy), pytest.raises(OperationalError):
        ask(facts(), now)
    assert not DecisionRecord.objects.exists()
    assert ask(facts(), now).allowed


def test_all_failing_conditions_are_recorded_at_once(now: datetime) -> None:
    install_defaults(now=now)
    decided = ask(facts(user_state="suspended", fee_in_force=False, fund_state="blocked"), now)
    assert not decided.allowed
    assert decided.record.codes == ["user.suspended", "fee.none", "fund.blocked"]
    assert [reason["mender"] for reason in decided.record.reasons] == ["office", "manager", "finance"]


def test_conditions_come_from_the_same_decision(now: datetime) -> None:
    install_defaults(now=now)
    views = ask(facts(fee_in_force=False), now).judgement.conditions()
    assert [view.code for view in views if not view.met] == ["fee.none"]
    assert len(views) > 20


def test_without_a_rule_set_in_force_everything_is_denied_alarmed_and_recorded(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL, "apps.decisions.judging"):
        decided = ask(facts(), now)
    assert (decided.allowed, decided.record.codes) == (False, ["decisions.no_ruleset"])
    assert decided.record.ruleset is None
    assert decided.judgement.conditions() == []
    assert Fact.objects.get(name="decisions.alarm").payload["code"] == "decisions.no_ruleset"
    assert "no rule set in force" in caplog.text


def test_the_database_refuses_a_permit_without_a_rule_set(now: datetime) -> None:
    record = ask(facts(), now).record
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionRecord.objects.create(
            **{
                field.attname: getattr(record, field.attname)
                for field in record._meta.concrete_fields
                if field.name not in ("id", "ulid", "outcome")
            },
            outcome="permit",
        )


@pytest.mark.parametrize("wrong", [{"arrears_days": 0.5}, {"opening_level": 2**70}, {"purpose": object()}])
def test_an_inexact_fact_is_a_refusal_and_an_alarm_and_never_a_guess(
    wrong: dict[str, Any], now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    install_defaults(now=now)
    with caplog.at_level(logging.CRITICAL, "apps.decisions.judging"):
        decided = ask(dataclasses.replace(facts(), **wrong), now)
    assert (decided.allowed, decided.record.codes) == (False, ["decisions.engine_error"])
    assert Fact.objects.filter(name="decisions.alarm").count() == 1
    assert caplog.records


def test_an_engine_that_is_not_there_denies_and_no_other_takes_its_place(
    now: datetime, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    install_defaults(now=now)
    settings.RULES_ENGINE = "absent"
    with caplog.at_level(logging.CRITICAL, "apps.decisions.judging"):
        decided = ask(facts(), now)
    assert (decided.record.codes, decided.record.engine) == (["decisions.engine_error"], "absent")


def test_two_engines_that_differ_deny(
    now: datetime,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    install_defaults(now=now)
    monkeypatch.setitem(ENGINES, "wrong", (f"{__name__}:WrongEngine", ""))
    monkeypatch.setattr(judging, "SHADOWS", {"durable": "wrong"})
    settings.RULES_SHADOW_SHARE = 1
    with caplog.at_level(logging.CRITICAL, "apps.decisions.judging"):
        decided = ask(facts(), now)
    assert decided.record.codes == ["decisions.engines_differ"]
    settings.RULES_SHADOW_SHARE = 0
    assert ask(facts(), now).allowed


def test_the_sample_for_a_second_engine_depends_on_the_identifier_alone(settings: Settings) -> None:
    names = [f"{number:026d}" for number in range(4000)]
    settings.RULES_SHADOW_SHARE = 0.1
    sample = [name for name in names if judging.is_sampled(name)]
    assert sample == [name for name in names if judging.is_sampled(name)]
    assert 300 < len(sample) < 500


@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_recorded_decision_replays_to_the_same_outcome_on_every_engine(
    now: datetime, data: st.DataObject
) -> None:
    install_defaults(now=now)
    changes: dict[str, Any] = {}
    for name, column in columns_of(UnlockFacts).items():
        values = column.values or ((True, False) if column.kind.value == "bool" else (-3, 0, 1, 31))
        if name != "purpose" and data.draw(st.integers(0, 9)) == 0:
            changes[name] = data.draw(st.sampled_from(values))
    record = ask(facts(data.draw(st.sampled_from(PURPOSES)), **changes), now).record
    record.refresh_from_db()
    for engine in ("", "codegen", "python"):
        again = replay(record, engine=engine)
        assert (again.outcome, list(again.codes), list(again.fired)) == (
            record.outcome,
            record.codes,
            record.fired,
        )


def test_a_refusal_without_a_table_cannot_be_replayed(now: datetime) -> None:
    with pytest.raises(RuleSetError):
        replay(ask(facts(), now).record)


def test_records_are_only_ever_added(now: datetime) -> None:
    install_defaults(now=now)
    ask(facts(), now)
    for statement in (
        "UPDATE decisions_decisionrecord SET outcome = 'permit'",
        "DELETE FROM decisions_decisionrecord",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_decision_costs_two_queries(now: datetime, django_assert_num_queries: Any) -> None:
    install_defaults(now=now)
    ask(facts(), now)
    with django_assert_num_queries(2), transaction.atomic(savepoint=False):
        ask(facts(), now)


def test_the_start_announces_any_engine_but_the_default(settings: Settings) -> None:
    assert check_engine(None) == []
    settings.RULES_ENGINE = "codegen"
    assert [found.id for found in check_engine(None)] == ["clearbench.W030"]
    assert "clearbench.W030" in {found.id for found in run_checks()}
    settings.RULES_ENGINE = "absent"
    assert [found.id for found in check_engine(None)] == ["clearbench.E030", "clearbench.W030"]


def test_the_start_refuses_an_engine_without_its_module(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENGINES, "durable", ("rules.engines.durable:DurableEngine", "module_that_is_absent"))
    assert [found.id for found in check_engine(None)] == ["clearbench.E031"]
    settings.RULES_SHADOW_SHARE = 2
    assert "clearbench.E032" in [found.id for found in check_engine(None)]
