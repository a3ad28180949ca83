"""Recorded decisions made again from what their record holds: the same facts, the same version of the
table. It records nothing.
"""

from typing import Any

from apps.decisions.models import DecisionRecord
from apps.decisions.queries import table_of
from rules.decision import Decision
from rules.engine import evaluate
from rules.errors import RuleSetError
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
