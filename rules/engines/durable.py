"""The ``durable`` engine: the C matcher of durable_rules 2.0.28, and the only door to it.

It owns the one pattern of use that was proven safe and never calls the public API of that package
(hosts, decorators, timers), which crashes, hangs or answers wrongly. The pattern: every row is an anchor
plus one conjunction of int and bool comparisons; shards of 60 rows; one fixed session and message id;
a warm-up decision; assert, drain every match, retract; one lock per table; handles forgotten after a
fork and rebuilt after any interruption; deleted only on close.
"""

from __future__ import annotations

import json
import os
import threading
import typing
import weakref

import durable_rules_engine as native

from rules.compiler import Atom, CompiledRow, Number, Vector
from rules.engines.protocol import Rows
from rules.errors import EngineFault
from rules.facts import INT_MAX, INT_MIN

SHARD_ROWS = 60  # the engine's stack of open nodes holds 64; one more sibling is a crash
SHARD_SLOTS = 200  # a message of 255 members is refused by the C parser (error 302)
_OPERATORS = {"neq": "$neq", "lt": "$lt", "lte": "$lte", "gt": "$gt", "gte": "$gte"}
_MESSAGE = '{"k":1,%s"sid":"d","id":"q"}'
_WARM_UP = '{"w":1,"sid":"d","id":"q"}'


class _Shard(typing.NamedTuple):
    """Up to 60 rows of one C rule set: their definition and the slots they test."""

    definition: str
    slots: frozenset[str]


class DurableMatcher:
    """One table as a few C rule sets behind one lock."""

    def __init__(self, rows: Rows) -> None:
        self._shards = tuple(_shards(rows))
        self._shared = len(frozenset().union(*(shard.slots for shard in self._shards))) <= SHARD_SLOTS
        self._lock = threading.Lock()
        self._handles: list[int] | None = None
        self._closed = False
        self._native = native
        with self._lock:
            self._build()
        _MATCHERS.add(self)

    def match(self, vector: Vector) -> tuple[int, ...]:
        """The indexes of all rows that fire, ascending; EngineFault for anything but ints and booleans."""
        parts = {slot: _member(slot, value) for slot, value in vector.items()}
        whole = _MESSAGE % "".join(parts.values()) if self._shared else ""
        found: list[int] = []
        with self._lock:
            if self._closed:
                raise EngineFault("the table was closed")
            try:
                if self._handles is None:
                    self._build()
                for handle, shard in zip(self._handles or (), self._shards, strict=True):
                    self._ask(handle, whole or _message(parts, shard), found)
            except BaseException as error:
                # Also asynchronous ones (a time limit, Ctrl-C): the session's state is unknown. It is
                # never used or deleted again, which leaks one session and cannot answer wrongly.
                self._handles = None
                if isinstance(error, native.error):
                    raise EngineFault(f"durable_rules refused the facts: {error}") from error
                raise
        return tuple(found)

    def close(self) -> None:
        """Delete the C rule sets; later matches are refused."""
        with self._lock:
            for handle in self._handles or ():
                self._native.delete_state(handle, "d")
                self._native.delete_ruleset(handle)
            self._handles, self._closed = None, True

    def forget(self) -> None:
        """After a fork, in the child: another thread may have been inside; build anew on next use."""
        self._lock = threading.Lock()
        self._handles = None

    def _build(self) -> None:
        handles = []
        for shard in self._shards:
            handle = self._native.create_ruleset("t", shard.definition)
            # The first action of a session initialises its context; a decision must not be the first.
            result, state = self._native.assert_fact(handle, _WARM_UP)
            if result or self._native.start_action_for_state(handle, state) is None:
                raise EngineFault("the warm-up decision did not fire")
            if self._native.complete_and_start_action(handle, state) is not None:
                raise EngineFault("the warm-up decision fired twice")
            self._native.retract_fact(handle, _WARM_UP)
            handles.append(handle)
        self._handles = handles

    def _ask(self, handle: int, message: str, found: list[int]) -> None:
        result, state = self._native.assert_fact(handle, message)
        if result == 1:
            return  # nothing matched, the fact was not stored
        if result:
            raise EngineFault(f"assert_fact answered {result}")
        action = self._native.start_action_for_state(handle, state)[1]
        while action is not None:  # an action left behind would corrupt the session
            found.append(int(action[2 : action.index('"', 2)]))
            action = self._native.complete_and_start_action(handle, state)
        self._native.retract_fact(handle, message)


class DurableEngine:
    """Compiles to C rule sets."""

    def compile(self, rows: Rows) -> DurableMatcher:
        """Build the matcher; raises EngineFault for atoms that are not plain 64 bit ints and booleans."""
        try:
            return DurableMatcher(rows)
        except native.error as error:
            raise EngineFault(f"durable_rules refused the table: {error}") from error


def _shards(rows: Rows) -> typing.Iterator[_Shard]:
    definition: dict[str, object] = {}
    slots: frozenset[str] = frozenset()
    for index, row in enumerate(rows):
        wanted = slots | {atom.slot for atom in row.atoms}
        if definition and (len(definition) == SHARD_ROWS or len(wanted) > SHARD_SLOTS):
            yield _shard(definition, slots)
            definition, wanted = {}, frozenset(atom.slot for atom in row.atoms)
        definition[str(index)] = {"all": [{"m": _conjunction(row)}], "pri": len(definition)}
        slots = wanted
    if definition:
        yield _shard(definition, slots)


def _shard(rows: dict[str, object], slots: frozenset[str]) -> _Shard:
    warm_up = {"all": [{"m": {"$ex": {"w": 1}}}], "pri": 9999}
    return _Shard(json.dumps(rows | {"w": warm_up}), slots)


def _conjunction(row: CompiledRow) -> dict[str, object]:
    anchor: dict[str, object] = {"$ex": {"k": 1}}
    conditions = [_condition(atom) for atom in row.atoms]
    return {"$and": [anchor, *conditions]} if conditions else anchor


def _condition(atom: Atom) -> dict[str, object]:
    _member(atom.slot, atom.value)
    compared: dict[str, object] = {atom.slot: atom.value}
    return compared if atom.op == "eq" else {_OPERATORS[atom.op]: compared}


def _message(parts: dict[str, str], shard: _Shard) -> str:
    return _MESSAGE % "".join(part for slot, part in parts.items() if slot in shard.slots)


def _member(slot: str, value: Number) -> str:
    """``"c0":5,``: the only forms of a value that the C parser reads exactly."""
    if value is True or value is False:
        return f'"{slot}":true,' if value else f'"{slot}":false,'
    if type(value) is int and INT_MIN <= value <= INT_MAX and slot.isalnum() and slot.isascii():
        return f'"{slot}":{value},'
    raise EngineFault(f"slot {slot[:20]} holds neither a 64 bit int nor a bool")


_MATCHERS: weakref.WeakSet[DurableMatcher] = weakref.WeakSet()


def _forget_all() -> None:
    for matcher in list(_MATCHERS):
        matcher.forget()


os.register_at_fork(after_in_child=_forget_all)
