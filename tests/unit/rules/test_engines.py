# ruff: noqa: S311  # seeded random tables must be repeatable, not secret
"""The engines against an oracle of their own, and the proven limits of the durable one."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
import time
import typing
from pathlib import Path

import durable_rules_engine as native
import pytest

from rules import engines
from rules.compiler import Atom, CompiledRow, compile_ruleset
from rules.engine import close_all, evaluate
from rules.engines import durable
from rules.engines.codegen import CodegenEngine, source_of
from rules.engines.durable import SHARD_SLOTS, DurableEngine, DurableMatcher
from rules.engines.reference import ReferenceEngine
from rules.errors import EngineFault, EngineMissing
from rules.facts import INT_MAX, INT_MIN
from rules.table import Cell, HitPolicy, Row
from tests.unit.rules.tables import ACCESS, direct, li_lei, random_facts, random_table, table

# On Python 3.13 there is no durable engine: these tests fail there and say so, they never skip.
ALL = ("durable", "codegen", "python")


def rows_of(*atoms: tuple[Atom, ...]) -> tuple[CompiledRow, ...]:
    return tuple(CompiledRow((row,)) for row in atoms)


def test_the_durable_engine_really_decided_with_its_c_module_loaded() -> None:
    decision = evaluate(ACCESS, li_lei())
    assert (decision.engine, decision.allowed) == ("durable", True)
    assert vars(durable)["native"] is sys.modules["durable_rules_engine"]
    assert str(native.__file__).endswith(".so")


@pytest.mark.parametrize("rows", [0, 1, 7, 59, 60, 61, 150, 300])
@pytest.mark.parametrize("name", ALL)
def test_every_engine_agrees_with_the_oracle(name: str, rows: int) -> None:
    rnd = random.Random(rows)
    for _ in range(3):
        rules = random_table(rnd, rows)
        program = compile_ruleset(rules)
        with contextlib.closing(engines.get_engine(name).compile(program.rows)) as matcher:
            for _ in range(120):
                facts = random_facts(rnd)
                assert matcher.match(program.encode(facts)) == direct(rules, facts)


@pytest.mark.parametrize("name", ALL)
def test_full_decisions_are_equal_on_all_engines(name: str) -> None:
    rnd = random.Random(7)
    rules = random_table(rnd, 40, HitPolicy.DENY_OVERRIDES)
    for _ in range(80):
        facts = random_facts(rnd)
        mine, reference = evaluate(rules, facts, engine=name), evaluate(rules, facts, engine="python")
        assert mine.to_json() | {"engine": ""} == reference.to_json() | {"engine": ""}
    close_all()


@pytest.mark.parametrize("op", ["eq", "neq", "lt", "lte", "gt", "gte"])
def test_integers_are_exact_up_to_the_ends_of_64_bits(op: str) -> None:
    edges = [0, 2**31, 2**32, 2**53, 2**62, INT_MAX]
    points = sorted({p for e in edges for p in (e - 1, e, -e, 1 - e)} | {2**53 + 1, -(2**53) - 1, INT_MIN})
    rows = rows_of(*((Atom("c0", op, point),) for point in points))
    with contextlib.closing(DurableEngine().compile(rows)) as matcher:
        reference = ReferenceEngine().compile(rows)
        for point in points:
            assert matcher.match({"c0": point}) == reference.match({"c0": point})


@pytest.mark.parametrize("value", [INT_MAX + 1, INT_MIN - 1, 1.0, "1", None])
def test_the_durable_engine_refuses_values_that_its_parser_reads_wrongly(value: typing.Any) -> None:
    with contextlib.closing(DurableEngine().compile(rows_of((Atom("c0", "eq", 1),)))) as matcher:
        with pytest.raises(EngineFault):
            matcher.match({"c0": value})
        assert matcher.match({"c0": 1}) == (0,)
    with pytest.raises(EngineFault):
        DurableEngine().compile(rows_of((Atom("c0", "eq", value),)))


def test_a_slot_name_with_quotes_is_refused() -> None:
    with pytest.raises(EngineFault):
        DurableEngine().compile(rows_of((Atom('c0":1,"x', "eq", 1),)))


def test_more_slots_than_one_message_can_hold_are_split_over_shards() -> None:
    count = 5 * SHARD_SLOTS
    rows = rows_of(
        *(
            (Atom(f"d{i}", "eq", value=True), Atom(f"d{(i * 7) % count}", "eq", value=True))
            for i in range(count)
        )
    )
    with contextlib.closing(DurableEngine().compile(rows)) as matcher:
        assert matcher.match({f"d{i}": True for i in range(count)}) == tuple(range(count))
        assert matcher.match({f"d{i}": i % 2 == 0 for i in range(count)}) == tuple(range(0, count, 2))


@pytest.mark.parametrize(("slots", "taken"), [(251, True), (252, False)])
def test_a_message_of_254_members_is_the_last_that_the_c_module_takes(
    slots: int, *, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "SHARD_SLOTS", 1000)
    vector: dict[str, int | bool] = {f"c{i}": i for i in range(slots)}
    rows = rows_of(tuple(Atom(slot, "eq", value) for slot, value in vector.items()))
    with contextlib.closing(DurableEngine().compile(rows)) as matcher:
        if taken:
            assert matcher.match(vector) == (0,)
        else:
            with pytest.raises(EngineFault, match="302"):
                matcher.match(vector)
        assert matcher.match({"c0": 0}) == ()


def test_no_two_slot_names_share_a_hash_in_the_c_engine() -> None:
    names = (
        ["k", "w", "sid", "id"]
        + [f"c{i}{n}" for i in range(300) for n in ("", "n")]
        + [f"d{i}" for i in range(20_000)]
    )
    hashes = set()
    for name in names:
        value = 2166136261
        for byte in name.encode():
            value = (value ^ byte) * 16777619 & 0xFFFFFFFF
        hashes.add(value)
    assert len(hashes) == len(names)


@pytest.mark.parametrize("kind", ["ordered", "distinct", "empty"])
def test_six_hundred_overlapping_rows_all_fire_in_order(kind: str) -> None:
    """Beyond every single limit of the engine (64 open nodes, 255 rules, 511 tests of one field)."""
    cells: dict[str, typing.Callable[[int], tuple[Cell, ...]]] = {
        "ordered": lambda i: (Cell("hours", "gte", -i),),
        "distinct": lambda i: (Cell("hours", "neq", 10**6 + i),),
        "empty": lambda i: (),
    }
    rules = table(*(Row(f"r{i}", cells[kind](i), "a") for i in range(600)), hit=HitPolicy.FIRST)
    decision = evaluate(rules, li_lei(hours=1))
    assert decision.fired == tuple(f"r{i}" for i in range(600))
    assert decision.deciding == ("r0",)
    close_all()


def test_a_long_string_is_not_equal_to_its_remainder() -> None:
    """durable_rules alone says that 'approved' plus 65,536 characters is 'approved'."""
    assert not evaluate(ACCESS, li_lei(state="approved" + "x" * 65536)).allowed


def test_eight_threads_decide_without_a_wrong_answer() -> None:
    wrong: list[object] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    stop = time.monotonic() + 1.5

    def work(seed: int) -> None:
        rnd = random.Random(seed)
        while time.monotonic() < stop:
            trained, hours = rnd.random() < 0.5, rnd.randint(1, 8)
            allowed = evaluate(ACCESS, li_lei(trained=trained, hours=hours)).allowed
            if allowed != (trained and hours <= 4):
                wrong.append((trained, hours))

    _run([threading.Thread(target=work, args=(seed,)) for seed in range(8)])
    sys.setswitchinterval(interval)
    assert not wrong


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


_FORKER = """
import os, sys, threading, time
from rules.engine import evaluate, close_all
from tests.unit.rules.tables import ACCESS, li_lei
stop = time.monotonic() + 1.5
def work():
    while time.monotonic() < stop:
        evaluate(ACCESS, li_lei())
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
for _ in range(8):
    pid = os.fork()
    if not pid:
        good = all(evaluate(ACCESS, li_lei(hours=h)).allowed == (h <= 4) for h in range(9))
        good = good and all(evaluate(ACCESS, li_lei()).allowed for _ in range(100))
        close_all()
        os._exit(0 if good else 1)
    if os.waitpid(pid, 0)[1]:
        sys.exit("a child decided wrongly")
for thread in threads: thread.join()
assert evaluate(ACCESS, li_lei()).allowed
"""


def test_children_forked_while_threads_decide_decide_rightly() -> None:
    """In a process of its own: a child that hangs must not take the test run with it."""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", _FORKER],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0


def test_a_child_of_this_very_process_starts_with_fresh_handles() -> None:
    matcher = DurableEngine().compile(rows_of((Atom("c0", "eq", 1),)))
    with matcher._lock:  # as if another thread were inside at the moment of the fork
        durable._forget_all()
    assert matcher.match({"c0": 1}) == (0,)
    matcher.close()


class _Interrupting:
    """Stands at the C module's edge: raises where an asynchronous exception could."""

    def __init__(self, native: typing.Any, name: str) -> None:
        self._native, self._name = native, name

    def __getattr__(self, name: str) -> typing.Any:
        if name == self._name:
            raise KeyboardInterrupt
        return getattr(self._native, name)


@pytest.mark.parametrize(
    "point", ["assert_fact", "start_action_for_state", "complete_and_start_action", "retract_fact"]
)
def test_an_interrupted_decision_never_answers_the_next_one(point: str) -> None:
    matcher = DurableEngine().compile(rows_of((Atom("c0", "eq", 1),), (Atom("c0", "eq", 2),)))
    matcher._native = _Interrupting(native, point)
    with pytest.raises(KeyboardInterrupt):
        matcher.match({"c0": 1})
    matcher._native = native
    assert matcher.match({"c0": 2}) == (1,)
    assert matcher.match({"c0": 1}) == (0,)
    matcher.close()


class _Answering:
    """Stands at the C module's edge: answers what the C module must never answer."""

    def __init__(self, native: typing.Any, **answers: typing.Any) -> None:
        self._native, self._answers = native, answers

    def __getattr__(self, name: str) -> typing.Any:
        if name in self._answers:
            return lambda *arguments: self._answers[name]
        return getattr(self._native, name)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"assert_fact": (5, 0)}, "assert_fact answered 5"),
        ({"assert_fact": (5, 0), "rebuild": True}, "did not fire"),
        ({"complete_and_start_action": "again", "rebuild": True}, "fired twice"),
    ],
)
def test_an_impossible_answer_of_the_c_module_is_a_fault(answers: dict[str, typing.Any], words: str) -> None:
    matcher = DurableEngine().compile(rows_of((Atom("c0", "eq", 1),)))
    if answers.pop("rebuild", False):
        durable._forget_all()
    matcher._native = _Answering(native, **answers)
    with pytest.raises(EngineFault, match=words):
        matcher.match({"c0": 1})


def test_a_table_that_the_c_module_refuses_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_shards", lambda rows: [durable._Shard("{", frozenset())])
    with pytest.raises(EngineFault, match="refused the table"):
        DurableEngine().compile(())


def test_a_closed_matcher_refuses_and_closes_twice_in_peace() -> None:
    matcher = DurableMatcher(rows_of((Atom("c0", "eq", 1),)))
    matcher.close()
    matcher.close()
    with pytest.raises(EngineFault, match="closed"):
        matcher.match({"c0": 1})


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_hundreds_of_reloads_do_not_leak() -> None:
    def reload(times: int) -> None:
        for _ in range(times):
            assert evaluate(ACCESS, li_lei()).allowed
            close_all()

    reload(100)
    before = _resident()
    reload(500)
    assert _resident() - before < 6_000_000


def test_fifty_thousand_matches_keep_memory_flat_and_are_all_right() -> None:
    program = compile_ruleset(ACCESS)
    vectors = [(program.encode(li_lei(hours=h, trained=t)), h, t) for h in range(1, 9) for t in (True, False)]
    with contextlib.closing(DurableEngine().compile(program.rows)) as matcher:

        def decide(times: int) -> None:
            for index in range(times):
                vector, hours, trained = vectors[index % len(vectors)]
                wanted = (() if trained else (0,)) + ((4,) if hours <= 4 else ())
                assert matcher.match(vector) == wanted

        decide(5_000)
        before = _resident()
        decide(50_000)
        assert _resident() - before < 5_000_000


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(EngineMissing, match="zen") as caught:
        evaluate(ACCESS, li_lei(), engine="zen")
    assert caught.value.code == "rules.engine_missing"
    assert not engines.available("zen")


def test_an_engine_without_its_module_is_refused_and_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines.ENGINES, "absent", ("rules.engines.absent:Engine", "no_such_module_at_all"))
    assert not engines.available("absent")
    with pytest.raises(EngineMissing, match="no_such_module_at_all"):
        evaluate(ACCESS, li_lei(), engine="absent")


def test_the_three_engines_are_registered_and_available() -> None:
    assert engines.names() == ALL
    assert all(engines.available(name) for name in ALL)


@pytest.mark.parametrize(
    "atom",
    [Atom("c0", "eq", typing.cast(int, "__import__('os')")), Atom("os", "eq", 1), Atom("c0", "matches", 1)],
)
def test_only_slots_and_plain_numbers_reach_generated_source(atom: Atom) -> None:
    with pytest.raises(EngineFault):
        CodegenEngine().compile(rows_of((atom,)))


def test_generated_source_holds_no_text_of_the_table() -> None:
    program = compile_ruleset(
        table(Row("r", (Cell("state", "in", ['x"y', "电镜"]),), "a"), hit=HitPolicy.FIRST)
    )
    assert "电镜" not in source_of(program.rows)
