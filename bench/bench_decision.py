"""What one full decision costs: 5, 50 and 500 rows on the durable and the generated engine, in the same run.

`python -m bench.bench_decision` prints JSON lines (microseconds), then decides a million times on the durable
engine, checks every answer and prints by how much the process grew; `--soak N` does only that. It measures
and never asserts a time.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import os
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles

from bench.lines import say
from rules.engine import evaluate
from rules.facts import Facts, facts_load
from rules.points import access_unlock
from rules.table import Cell, HitPolicy, Row, RuleSet

ENGINES = ("durable", "codegen")
BASELINE = "codegen"
SIZES = (5, 50, 500)
DECISIONS = 8_000
TURNS = 4
WARM_UP = 100
SOAK = 1_000_000
P99_BAR_US = 200.0
GROWTH_BAR = 5_000_000


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


def measure(table: RuleSet, facts: Sequence[Facts], engine: str, times: int) -> list[float]:
    """The times of so many full decisions, in milliseconds."""
    taken = []
    for index in range(WARM_UP + times):
        start = time.perf_counter_ns()
        evaluate(table, facts[index % len(facts)], engine=engine)
        taken.append((time.perf_counter_ns() - start) / 1e6)
    return taken[WARM_UP:]


def compare(name: str, table: RuleSet, facts: Sequence[Facts], *, times: int) -> None:
    """Print both engines for one table, taking turns; the ratio is to the generated one."""
    found: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    for _ in range(TURNS):
        for engine in ENGINES:
            found[engine] += measure(table, facts, engine, times // TURNS)
    baseline = median(found[BASELINE])
    for engine, taken in found.items():
        p50, p99 = median(taken), quantiles(taken, n=100)[98]
        judged = {"bar": f"p99_us < {P99_BAR_US:g}", "meets_bar": p99 * 1000 < P99_BAR_US}
        say(
            "decision",
            table=name,
            rows=len(table.rows),
            engine=engine,
            n=len(taken),
            p50_us=round(p50 * 1000, 1),
            p99_us=round(p99 * 1000, 1),
            baseline_p50_us=round(baseline * 1000, 1),
            ratio=round(p50 / baseline, 2),
            **(judged if len(table.rows) == max(SIZES) else {}),
        )


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
    say(
        "decision_soak",
        engine=ENGINES[0],
        n=times,
        wrong=wrong,
        grown_bytes=grown,
        seconds=round(time.perf_counter() - start, 1),
        bar=f"grown_bytes < {GROWTH_BAR}",
        meets_bar=grown < GROWTH_BAR and not wrong,
    )
    return wrong


def resident() -> int:
    """Resident memory of this process in bytes (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark with its soak, or only a soak with `--soak N`; exit status 1 when an answer was
    wrong.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--soak", type=int, default=0, metavar="N", help="only decide N times, watching memory"
    )
    parser.add_argument("--quick", action="store_true", help="a small size, to see that it runs")
    options = parser.parse_args(argv)
    if options.soak:
        return int(soak(options.soak) > 0)
    times = 200 if options.quick else DECISIONS
    for rows in SIZES:
        compare("bench.visit", table_of(rows), VISITS, times=times)
    unlock = facts_load(access_unlock.UnlockFacts, access_unlock.situation("booking"))
    compare("access.unlock", access_unlock.DEFAULT, [unlock], times=times)
    return int(soak(1_000 if options.quick else SOAK) > 0)


if __name__ == "__main__":
    sys.exit(main())
