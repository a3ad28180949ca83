"""The figures of a year on one database: its records are written by one statement, at random but the same on
every run, and so are the people; nobody signs in as them. An import.
"""

import os
import resource
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.clock import now
from apps.decisions.models import DecisionRecord
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.reports.figures import calendar_year, of_instruments
from apps.reports.figures.periods import Period
from bench.lines import PLANS_VARIABLE, say, spread
from bench.school import found

BAR, QUERIES_BAR = 2.0, 19
PEOPLE, OUTSIDE_EACH = 600, 6  # every sixth is from outside
PLANS = Path(__file__).parent / "plans"
_EFFECTIVE = "('booking', 'walk_in', 'sample_run', 'training', 'teaching')"
_OWN = "('booking', 'walk_in')"
_OUTER = "u.kind IN ('external_academic', 'enterprise')"
BY_HAND = f"""
SELECT r.instrument_id,
       sum(CASE WHEN r.purpose IN {_EFFECTIVE} THEN r.effective_ms ELSE 0 END),
       sum(CASE WHEN r.purpose IN {_OWN} AND {_OUTER} THEN r.effective_ms ELSE 0 END),
       sum(CASE WHEN r.purpose = 'training' THEN r.effective_ms ELSE 0 END),
       sum(CASE WHEN r.purpose = 'teaching' THEN r.effective_ms ELSE 0 END),
       sum(CASE WHEN r.purpose IN ('maintenance', 'commissioning') THEN r.powered_ms ELSE 0 END),
       count(DISTINCT CASE WHEN r.purpose IN {_OWN} THEN r.user_id END),
       count(DISTINCT CASE WHEN r.purpose IN {_OWN} AND {_OUTER} THEN r.user_id END),
       count(*)
  FROM usage_usagerecord r LEFT JOIN people_user u ON u.id = r.user_id
 WHERE r.started_at >= %(since)s AND r.started_at < %(until)s AND r.held = '' AND r.verdict <> 'dismissed'
 GROUP BY r.instrument_id
"""  # noqa: S608 - constants of our own
KEYS = (
    *("effective_hours", "external_hours", "supervised_hours", "teaching_hours", "maintenance_hours"),
    *("users", "external_users"),
)
# Whole numbers that look as if they were at random.
_POWERED = "600000 + n.i * 7919 % 13800000"
_PURPOSE = (
    "CASE WHEN n.i % 20 < 13 THEN 'booking' WHEN n.i % 20 < 15 THEN 'walk_in' WHEN n.i % 20 < 17"
    " THEN 'sample_run' WHEN n.i % 20 = 17 THEN 'training' WHEN n.i % 20 = 18 THEN 'teaching'"
    " ELSE 'maintenance' END"
)
_NUMBERS = {
    "postgresql": "generate_series(0::bigint, {last}) AS n(i)",
    "sqlite": "(WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < {last})"
    " SELECT i FROM c) AS n",
}
_MOMENT = {
    "postgresql": "TIMESTAMPTZ '{since}+00:00' + ((n.i * 7919) % {minutes}) * INTERVAL '1 minute'",
    "sqlite": "datetime('{since}', '+' || ((n.i * 7919) % {minutes}) || ' minutes')",
}
_ID = {"postgresql": "lpad(n.i::text, 20, '0')", "sqlite": "printf('%020d', n.i)"}


def run(*, quick: bool, profile: str | None) -> None:
    """Print the figures of the database that Django is set up on; there is no gateway to profile here."""
    del profile
    records, times = (5_000, 3) if quick else (1_000_000, 7)
    at = now()
    machines, year = found(at), calendar_year(2025)
    people = _people()
    _use(machines, people, year, records)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _explain(year)
    _compare(year, records, times)


def _compare(year: Period, records: int, times: int) -> None:
    """Both ways in turn; the first turn warms."""
    ours, theirs, queries = [], [], set()
    before = _memory_mb()
    for turn in range(times + 1):
        with CaptureQueriesContext(connection) as captured:
            begin = time.perf_counter()
            figures = of_instruments(None, year)
            took = (time.perf_counter() - begin) * 1000
        begin = time.perf_counter()
        rows = _by_hand(year)
        by_sql = (time.perf_counter() - begin) * 1000
        _require_same(figures, rows, records)
        if turn:
            ours.append(took)
            theirs.append(by_sql)
            queries.add(len(captured))
    ratio = median(ours) / median(theirs)
    say(
        "figures_of_a_year",
        database=connection.vendor,
        records=records,
        instruments=len(figures),
        **spread(ours),
        queries=max(queries),
        grew_mb=_memory_mb() - before,
        baseline_p50_ms=round(median(theirs), 3),
        ratio=round(ratio, 2),
        bar=f"ratio <= {BAR:g}, queries <= {QUERIES_BAR}",
        meets_bar=ratio <= BAR and max(queries) <= QUERIES_BAR,
    )


def _require_same(figures: Any, rows: list[tuple[Any, ...]], records: int) -> None:
    """Both have counted the same of every instrument, and every record."""
    for instrument, *values, _number in rows:
        told = [figures[instrument][key].value for key in KEYS]
        if told != [int(value) for value in values]:
            raise RuntimeError(f"instrument {instrument}: {told} is not {values}")
    counted = sum(int(row[-1]) for row in rows)
    if counted != records:
        raise RuntimeError(f"{counted} of {records} records were counted by hand")


def _by_hand(year: Period, prefix: str = "") -> list[tuple[Any, ...]]:
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(prefix + BY_HAND, {"since": adapt(year.since), "until": adapt(year.until)})
        return list(cursor.fetchall())


def _explain(year: Period) -> None:
    """How the database runs the statement by hand; kept on demand."""
    if not os.environ.get(PLANS_VARIABLE):
        return
    how = "EXPLAIN (COSTS OFF)" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    plan = [f"  {row[-1]}" for row in _by_hand(year, f"{how} ")]
    PLANS.mkdir(exist_ok=True)
    file = PLANS / f"figures-{connection.vendor}.txt"
    file.write_text("\n".join([BY_HAND.strip(), "", *plan, ""]), encoding="utf-8")


def _people() -> list[int]:
    made = User.objects.bulk_create(
        User(
            username=f"bench{number}",
            name_zh=f"用户{number}",
            kind=User.Kind.ENTERPRISE if number % OUTSIDE_EACH == 0 else User.Kind.STUDENT,
        )
        for number in range(PEOPLE)
    )
    return [one.pk for one in made]


def _use(machines: list[Instrument], people: list[int], year: Period, count: int) -> None:
    """So many records, each with its session, spread over the year, the instruments and the people."""
    decision = DecisionRecord.objects.create(
        point="access.unlock",
        engine="python",
        outcome="deny",
        facts_schema=1,
        facts_digest="0" * 64,
        codes=[],
        reasons=[],
        fired=[],
        nearest=[],
        facts={},
        sources={},
        object_ref="bench",
        asked_by="bench",
        decided_at=year.since,
    )
    vendor, first, person = connection.vendor, machines[0].pk, people[0]
    minutes = (year.until - year.since) // timedelta(minutes=1)
    fill = {"since": f"{year.since:%Y-%m-%d %H:%M:%S}", "minutes": minutes, "last": count - 1}
    moment, numbers = _MOMENT[vendor].format(**fill), _NUMBERS[vendor].format(**fill)
    machine, who = f"{first} + n.i % {len(machines)}", f"{person} + (n.i / 7) % {len(people)}"
    later = "INTERVAL '6 hours'" if vendor == "postgresql" else ""
    end = f"{moment} + {later}" if later else f"datetime({moment}, '+6 hours')"
    revoked = "'[]'::jsonb" if vendor == "postgresql" else "'[]'"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_usagesession (ulid, gid, dev, node, instrument_id, user_id, decision_id, kind,"  # noqa: S608
            " state, purpose, tier, card_digest, not_before, expires_at, off_ms, lease_ms, granted_at,"
            " opened_at, closed_at, odo0, odo1, busy0, busy1, close_reason, revoke_codes)"
            f" SELECT 'bench1' || {_ID[vendor]}, '', 'bench', 1, {machine}, {who}, {decision.pk}, 'session',"
            f" 'closed', {_PURPOSE}, 'internal', '', {moment}, {end}, 0, 45000, {moment}, {moment}, {end},"
            f" n.i * 20000000, n.i * 20000000 + {_POWERED}, 0, {_POWERED}, '', {revoked} FROM {numbers}"
        )
        cursor.execute(
            "INSERT INTO usage_usagerecord (ulid, session_id, instrument_id, user_id, purpose, started_at,"
            " ended_at, powered_ms, effective_ms, idle_ms, samples, held, verdict)"
            " SELECT 'bench2' || substr(ulid, 7), id, instrument_id, user_id, purpose, opened_at, closed_at,"
            " busy1, busy1, 0, 0, '', '' FROM usage_usagesession WHERE dev = 'bench'"
        )


def _memory_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
