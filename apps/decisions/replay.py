"""Recorded decisions made again from what their record holds: the same facts, the same version of the
table. It records nothing.
"""

from typing import Any

from apps.decisions.models import DecisionRecord
from apps.decisions.queries import table_of
from rules.decision import ConditionView, Decision
from rules.engine import conditions, evaluate
from rules.errors import RuleEngineError, RuleSetError
from rules.facts import facts_load
from rules.registry import get_point


def replay(record: DecisionRecord, *, engine: str = "") -> Decision:
    """The decision again, on the engine of then or on another one.

    Raises RuleSetError when no table decided then (there is nothing to replay) and FactError when the facts
    have another schema now.
    """
    if record.ruleset is None:
        raise RuleSetError("no rule set was in force", code="decisions.no_ruleset")
    table = table_of(record.ruleset)
    facts: Any = facts_load(get_point(record.point).facts, record.facts)
    return evaluate(table, facts, engine=engine or record.engine)


def conditions_then(record: DecisionRecord) -> list[ConditionView]:
    """Every condition that the table of then put to the facts of then, met or failed; empty when the table or
    the facts cannot be read any more.
    """
    if record.ruleset is None:
        return []
    try:
        table = table_of(record.ruleset)
        facts: Any = facts_load(get_point(record.point).facts, record.facts)
        return conditions(table, facts, engine=record.engine)
    except RuleEngineError:
        return []
