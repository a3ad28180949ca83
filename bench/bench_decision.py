"""What one full decision costs: 5, 50 and 500 rows on the durable and the generated engine, in the same run.

``python -m bench.bench_decision`` prints JSON lines (microseconds); ``--soak N`` decides N times on the
durable engine, checks every answer and prints by how much the process grew. It measures and never asserts
a time.
"""

from __future__ import annotations

import argparse
import collections.abc
import dataclasses
import datetime as dt
import json
import statistics
import sys
import time
from decimal import Decimal
from pathlib import Path

from rules.engine import evaluate
from rules.facts import Facts, facts_load
from rules.points import access_unlock
from rules.table import Cell, HitPolicy, Row, RuleSet

ENGINES = ("durable", "codegen")
SIZES = (5, 50, 500)
DECISIONS = 4_000
WARM_UP = 500


@dataclasses.dataclass(frozen=True)
class Visit:
    """Seven facts, one of every kind."""

    state: str
    role: str
    trained: bool
    expires: dt.date | None
    fee: Decimal
    hours: int
    groups: frozenset[str]


VISITS = tuple(
    Visit("approved", role, trained, dt.date(2030, 1, 1), Decimal("10.50"), hours, frozenset({"physics"}))
    for role in ("student", "staff")
    for trained in (True, False)
    for hours in range(1, 9)
)


def table_of(rows: int) -> RuleSet:
    """A deny-overrides table: two permit rows, one deny row on training, the rest silent deny rows."""
    fixed = (
        _deny("untrained", Cell("trained", "eq", value=False)),
        Row("student", (Cell("role", "eq", "student"), Cell("hours", "lte", 4)), "permit"),
        Row("staff", (Cell("role", "eq", "staff"), Cell("fee", "between", ("0", "1000.00"))), "permit"),
    )
    quiet = tuple(_quiet(index) for index in range(rows - len(fixed)))
    return RuleSet("bench.visit", rows, HitPolicy.DENY_OVERRIDES, Visit, (*fixed, *quiet))


def _deny(name: str, *cells: Cell) -> Row:
    return Row(name, cells, "deny", code="bench.denied", zh="不可", en="denied")


def _quiet(index: int) -> Row:
    kinds = (
        (Cell("state", "eq", f"state-{index}"), Cell("hours", "gt", 2)),
        (Cell("hours", "gt", 100 + index), Cell("trained", "eq", value=True)),
        (Cell("groups", "contains", f"group-{index % 40}"), Cell("role", "eq", "student")),
        (Cell("expires", "lt", f"20{index % 20:02d}-01-01"),),
    )
    return _deny(f"quiet-{index}", *kinds[index % len(kinds)])


def expected(visit: Visit) -> bool:
    """The answer of ``table_of``, worked out by hand."""
    return visit.trained and (visit.role == "staff" or visit.hours <= 4)


def measure(table: RuleSet, facts: collections.abc.Sequence[Facts], engine: str) -> dict[str, float]:
    """p50 and p99 of a full decision, in microseconds."""
    taken = []
    for index in range(WARM_UP + DECISIONS):
        start = time.perf_counter_ns()
        evaluate(table, facts[index % len(facts)], engine=engine)
        taken.append((time.perf_counter_ns() - start) / 1000)
    cuts = statistics.quantiles(taken[WARM_UP:], n=100)
    return {"p50_us": round(cuts[49], 1), "p99_us": round(cuts[98], 1)}


def compare(name: str, table: RuleSet, facts: collections.abc.Sequence[Facts]) -> None:
    """Print both engines and their ratio for one table."""
    found = {engine: measure(table, facts, engine) for engine in ENGINES}
    for engine, figures in found.items():
        say(bench="decision", table=name, rows=len(table.rows), engine=engine, **figures)
    ratio = found["durable"]["p50_us"] / found["codegen"]["p50_us"]
    say(bench="decision", table=name, rows=len(table.rows), durable_to_codegen=round(ratio, 2))


def soak(times: int) -> int:
    """Decide so often on the durable engine; returns the number of wrong answers."""
    table = table_of(50)
    wrong, before, start = 0, 0, time.perf_counter()
    for index in range(times):
        visit = VISITS[index % len(VISITS)]
        wrong += evaluate(table, visit).allowed != expected(visit)
        if index == min(5_000, times // 2):
            before = resident()
    grown = resident() - before
    seconds = round(time.perf_counter() - start, 1)
    say(bench="decision_soak", decisions=times, wrong=wrong, grown_bytes=grown, seconds=seconds)
    return wrong


def resident() -> int:
    """Resident memory of this process in bytes (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def say(**line: object) -> None:
    """One JSON line."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the benchmark, or the soak with ``--soak N``; exit status 1 when an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--soak", type=int, default=0, metavar="N", help="decide N times and watch the memory"
    )
    options = parser.parse_args()
    if options.soak:
        return int(soak(options.soak) > 0)
    for rows in SIZES:
        compare("bench.visit", table_of(rows), VISITS)
    unlock = facts_load(access_unlock.UnlockFacts, access_unlock.situation("booking"))
    compare("access.unlock", access_unlock.DEFAULT, [unlock])
    return 0


if __name__ == "__main__":
    sys.exit(main())
