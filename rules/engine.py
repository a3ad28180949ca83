"""The public face of evaluation: a table and facts in, an explained decision out.

It owns a bounded cache of compiled tables and never decides which table is in force, which engine a
site uses or what is recorded. An error is raised, never answered: the caller denies and alarms.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import os
import threading
import typing

from rules.compiler import Program, compile_ruleset
from rules.decision import ConditionView, Decision, condition_views, explain
from rules.engines import Matcher, get_engine
from rules.errors import EngineFault, RuleEngineError, RuleSetError
from rules.facts import Facts, facts_digest, facts_load
from rules.rows import HitPolicy
from rules.table import RuleSet

__all__ = [
    "CACHE_LIMIT",
    "Decision",
    "ExampleFailure",
    "RuleEngineError",
    "close_all",
    "conditions",
    "evaluate",
    "run_examples",
]

CACHE_LIMIT = 64
_Key = tuple[str, type, str]


@dataclasses.dataclass(eq=False)
class _Compiled:
    """A compiled table; closed when it left the cache and nobody uses it any more."""

    program: Program
    matcher: Matcher
    users: int = 0
    retired: bool = False


class _Cache:
    """Compiled tables, least recently used first."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.entries: collections.OrderedDict[_Key, _Compiled] = collections.OrderedDict()

    @contextlib.contextmanager
    def lease(self, table: RuleSet, engine: str) -> typing.Iterator[_Compiled]:
        """The compiled table, kept open while the block runs."""
        compiled = self._take((table.digest, table.facts, engine), table)
        try:
            yield compiled
        finally:
            self._give_back(compiled)

    def clear(self) -> None:
        """Retire everything."""
        with self.lock:
            retired = [self._retire(key) for key in list(self.entries)]
        _close(retired)

    def before_fork(self) -> None:
        """Wait until no thread compiles: the child would find the module it imports locked for ever."""
        self.lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self.lock.release()

    def reset(self) -> None:
        """In a forked child: the other threads, and what they had borrowed, do not exist here."""
        self.lock = threading.Lock()
        for compiled in self.entries.values():
            compiled.users = 0

    def _take(self, key: _Key, table: RuleSet) -> _Compiled:
        retired: list[_Compiled] = []
        with self.lock:
            compiled = self.entries.get(key)
            if compiled is None:
                program = compile_ruleset(table)
                compiled = _Compiled(program, get_engine(key[2]).compile(program.rows))
                self.entries[key] = compiled
                while len(self.entries) > CACHE_LIMIT:
                    retired.append(self._retire(next(iter(self.entries))))
            else:
                self.entries.move_to_end(key)
            compiled.users += 1
        _close(retired)
        return compiled

    def _retire(self, key: _Key) -> _Compiled:
        compiled = self.entries.pop(key)
        compiled.retired = True
        return compiled

    def _give_back(self, compiled: _Compiled) -> None:
        with self.lock:
            compiled.users -= 1
        _close([compiled])


def _close(candidates: typing.Iterable[_Compiled]) -> None:
    for compiled in candidates:
        if compiled.retired and compiled.users <= 0:
            compiled.matcher.close()


_CACHE = _Cache()
os.register_at_fork(
    before=_CACHE.before_fork,
    after_in_parent=_CACHE.after_fork_in_parent,
    after_in_child=_CACHE.reset,
)


def evaluate(ruleset: RuleSet, facts: Facts, *, engine: str = "durable") -> Decision:
    """Decide. Every row is asked, every reason is given.

    Raises RuleSetError (the table), FactError (the facts, path = column), EngineMissing or EngineFault
    (the engine): a caller that sees one denies and raises an alarm. No engine is ever taken in place of
    another.
    """
    with _CACHE.lease(ruleset, engine) as compiled:
        return _decide(compiled, facts, engine)


def _decide(compiled: _Compiled, facts: Facts, engine: str) -> Decision:
    vector = compiled.program.encode(facts)
    return explain(
        compiled.program,
        facts=facts,
        vector=vector,
        hits=compiled.matcher.match(vector),
        engine=engine,
    )


def conditions(
    ruleset: RuleSet, facts: Facts, *, engine: str = "durable", decision: Decision | None = None
) -> list[ConditionView]:
    """Every condition of a deny-overrides table that is relevant to the facts, met or failed, in table order.

    With the ``decision`` of the same table and facts nothing is matched again; another one is refused
    (EngineFault ``rules.decision_mismatch``). Raises as ``evaluate``.
    """
    if ruleset.hit is not HitPolicy.DENY_OVERRIDES:
        raise RuleSetError("only a deny-overrides table has conditions", code="rules.conditions", path="hit")
    with _CACHE.lease(ruleset, engine) as compiled:
        found = _decide(compiled, facts, engine) if decision is None else decision
        if (found.digest, found.facts_digest) != (ruleset.digest, facts_digest(facts)):
            raise EngineFault(
                "the decision is about other facts or another table", code="rules.decision_mismatch"
            )
        vector = compiled.program.encode(facts)
        return condition_views(compiled.program, facts=facts, vector=vector, fired=frozenset(found.fired))


@dataclasses.dataclass(frozen=True)
class ExampleFailure:
    """A stored example whose decision is not the stored one."""

    name: str
    wanted: tuple[str, tuple[str, ...] | None]
    found: tuple[str, tuple[str, ...]]


def run_examples(ruleset: RuleSet, *, engine: str = "durable") -> list[ExampleFailure]:
    """The stored examples that do not hold (empty = all hold). Raises as ``evaluate``."""
    failures = []
    for example in ruleset.examples:
        facts: typing.Any = facts_load(ruleset.facts, example.facts)
        decision = evaluate(ruleset, facts, engine=engine)
        same_codes = example.codes is None or sorted(example.codes) == sorted(decision.codes)
        if decision.outcome != example.outcome or not same_codes:
            wanted = (example.outcome, example.codes)
            failures.append(ExampleFailure(example.name, wanted, (decision.outcome, decision.codes)))
    return failures


def close_all() -> None:
    """Close every compiled table (at the end of a process or a test); the next decision compiles anew."""
    _CACHE.clear()
