# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""One evaluation that cannot fail open: the table in force, the chosen engine, and for a sample a second
engine.

It owns the turning of every error into a refusal with an alarm. It records nothing (`operations` does) and
never takes another engine in place of the chosen one.
"""

import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError

from apps.decisions.checks import shadow_share
from apps.decisions.queries import InForce, identify_in_force, is_installed, table_of
from rules.decision import ConditionView, Decision, Reason
from rules.engine import conditions, evaluate
from rules.errors import RuleEngineError
from rules.facts import Facts, columns_of, digest_of, show, value_json
from rules.rows import DENY
from rules.table import RuleSet

log = logging.getLogger(__name__)

NO_RULESET = "decisions.no_ruleset"
ENGINE_ERROR = "decisions.engine_error"
ENGINES_DIFFER = "decisions.engines_differ"
_SENTENCES = {
    NO_RULESET: ("现在没有生效的规则集，一律不允许", "No rule set is in force, so nothing is allowed"),
    ENGINE_ERROR: (
        "规则引擎出错，一律不允许，管理员已收到警报",
        "The rule engine failed, so nothing is allowed; the administrators were alarmed",
    ),
    ENGINES_DIFFER: (
        "两个规则引擎的结论不同，一律不允许，管理员已收到警报",
        "Two rule engines disagree, so nothing is allowed; the administrators were alarmed",
    ),
}
# The second engine of a sample: never the first one again.
SHADOWS: Mapping[str, str] = {"durable": "codegen", "codegen": "python", "python": "codegen"}


@dataclass(frozen=True)
class Judgement:
    """A decision that nobody recorded yet; `alarm` is the code of what went wrong while it was made, or
    empty.
    """

    version: InForce | None
    table: RuleSet | None
    facts: Facts
    decision: Decision
    alarm: str = ""

    @property
    def allowed(self) -> bool:
        return self.decision.allowed

    def conditions(self) -> list[ConditionView]:
        """Every condition that is relevant to the facts, met or failed; none when there was no table to
        ask.
        """
        if self.table is None or self.alarm:
            return []
        return conditions(self.table, self.facts, engine=self.decision.engine, decision=self.decision)


def judge(
    *, point: str, facts: Facts, at: datetime, sampled: bool = False, built_in: RuleSet | None = None
) -> Judgement:
    """Decide by the table in force at `at`, without a record. Never raises because of rules: it refuses and
    alarms. A point that no version was ever installed for is decided by `built_in`, where that is given.
    """
    engine: str = settings.RULES_ENGINE
    version = identify_in_force(point, at)
    if version is None and (built_in is None or is_installed(point)):
        log.critical("%s: no rule set in force at %s", point, at.isoformat())
        return _refusal(point, None, None, facts, engine, NO_RULESET)
    table: RuleSet | None = None
    try:
        table = table_of(version) if version else built_in
        assert table is not None  # noqa: S101 - one of both is there
        decision = evaluate(table, facts, engine=engine)
        if sampled and _differs(table, facts, decision):
            return _refusal(point, version, table, facts, engine, ENGINES_DIFFER)
    except DatabaseError:
        # Not the rules': nothing is decided, the caller's transaction ends and may be tried again.
        raise
    except Exception as error:  # whatever happens in an engine, the answer is no
        number = version.version if version else 0
        log.critical("%s v%d failed on %s: %s", point, number, engine, _words(error), exc_info=error)
        return _refusal(point, version, table, facts, engine, ENGINE_ERROR)
    return Judgement(version, table, facts, decision)


def is_sampled(ulid: str) -> bool:
    """Whether the decision of this identifier is repeated on a second engine; always the same answer for
    the same identifier.
    """
    return zlib.crc32(ulid.encode()) < shadow_share() * 2**32


def recordable(facts: Facts) -> dict[str, object]:
    """The facts in JSON form; a value that has none is shown as text, so that the record of a failure can
    be written.
    """
    return {name: _plain(getattr(facts, name)) for name in columns_of(type(facts))}


def _plain(value: object) -> object:
    try:
        found = value_json(value)
    except RuleEngineError:
        return show(value)
    return found if found is None or isinstance(found, bool | int | str | list) else show(value)


def _differs(table: RuleSet, facts: Facts, first: Decision) -> bool:
    second = evaluate(table, facts, engine=SHADOWS[first.engine])
    if (second.outcome, second.fired) == (first.outcome, first.fired):
        return False
    log.critical(
        "%s v%d: %s fired %s, %s fired %s", table.key, table.version, *_shown(first), *_shown(second)
    )
    return True


def _shown(decision: Decision) -> tuple[str, str]:
    return decision.engine, ",".join(decision.fired)


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, RuleEngineError) else type(error).__name__


def _refusal(
    point: str,
    version: InForce | None,
    table: RuleSet | None,
    facts: Facts,
    engine: str,
    code: str,
) -> Judgement:
    zh, en = _SENTENCES[code]
    known = recordable(facts)
    decision = Decision(
        key=point,
        version=version.version if version else 0,
        digest=version.digest if version else "",
        engine=engine,
        outcome=DENY,
        reasons=(Reason("", code, zh, en, mender="office"),),
        deciding=(),
        fired=(),
        facts=known,
        facts_digest=digest_of(known),
        facts_schema=table.facts_schema if table else 0,
        used=(),
    )
    return Judgement(version, table, facts, decision, alarm=code)
