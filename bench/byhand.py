"""What a dossier says about peers and past use, by two statements as somebody would write them by hand for
this very sheet: the quartiles of each tier, and the uses of the year by tier and fund, billed under both
prices, with the nights where they have a price of their own. One for each database.
"""

import os
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.db import connection

from apps.core.clock import now
from apps.fees.content import HOUR, Sheet, Terms
from apps.fees.drafting import sheet_in_force
from apps.instruments.models import Instrument
from bench.lines import PLANS_VARIABLE
from workflows.fee_review import asked
from workflows.models import Case

PLANS = Path(__file__).parent / "plans"
INDEX = "usage_usagerecord"  # an index of the table is named after it
_NIGHTS = ((0, 7), (22, 31), (46, 55))  # hours from midnight of the day on which a use begins
_HOUR = 3_600_000
# Terms that say nothing about what a use by the hour costs an ordinary user.
_SAYS_NOTHING = (
    *("rush_rate", "repeat_rate", "own_group_rate", "hosted_owner_rate", "department_rate"),
    *("prepaid_from_fen", "prepaid_rate"),
)

_PEERS_POSTGRESQL = """
SELECT tier, count(*), percentile_cont(ARRAY[0, 0.25, 0.5, 0.75, 1]) WITHIN GROUP (ORDER BY price_fen) FROM (
  SELECT i.tier, i.price_fen FROM fees_feeitem i
    JOIN fees_feeversion v ON v.id = i.version_id JOIN instruments_instrument m ON m.id = v.instrument_id
   WHERE m.class6 = %(class6)s AND m.grade = %(grade)s AND m.id <> %(instrument)s AND m.retired_at IS NULL
     AND i.function = %(function)s AND i.service_mode = %(mode)s AND i.unit = %(unit)s
     AND v.valid_from <= %(at)s AND (v.valid_until IS NULL OR v.valid_until > %(at)s)
     AND (v.revoked_at IS NULL OR v.revoked_at > %(at)s)
  UNION ALL
  SELECT tier, price_fen FROM fees_outsideprice
   WHERE class6 = %(class6)s AND grade = %(grade)s AND function = %(function)s AND service_mode = %(mode)s
     AND unit = %(unit)s AND valid_from <= %(at)s AND (valid_until IS NULL OR valid_until > %(at)s)
     AND (revoked_at IS NULL OR revoked_at > %(at)s)
) p GROUP BY tier
"""
_PEERS_SQLITE = _PEERS_POSTGRESQL.replace(
    "percentile_cont(ARRAY[0, 0.25, 0.5, 0.75, 1]) WITHIN GROUP (ORDER BY price_fen) FROM (",
    "min(price_fen), max(CASE WHEN place <= 0.25 THEN price_fen END), "
    "max(CASE WHEN place <= 0.5 THEN price_fen END), max(CASE WHEN place <= 0.75 THEN price_fen END), "
    "max(price_fen) FROM (SELECT tier, price_fen, "
    "percent_rank() OVER (PARTITION BY tier ORDER BY price_fen) AS place FROM (",
).replace(") p GROUP", ") q) p GROUP")
_USES = """
SELECT tier, fund_id, count(*), sum(powered),
       round(sum({old_time} * CASE tier {old} END)),
       round(sum({new_time} * CASE tier {new} END))
  FROM (SELECT tier, fund_id, powered, billed{night}
          FROM (SELECT s.tier, s.fund_id, r.powered_ms AS powered,
                       ({greatest}(r.powered_ms, {least_ms}) + 59999) / 60000 * 60000 AS billed{clock}
                  FROM usage_usagerecord r JOIN usage_usagesession s ON s.id = r.session_id
                 WHERE r.instrument_id = %(instrument)s
                   AND r.started_at >= %(since)s AND r.started_at < %(at)s
                   AND r.held = '' AND r.verdict <> 'dismissed' AND r.purpose IN ('booking', 'walk_in')
                   AND s.kind NOT IN ('override', 'unknown')) m) u
 GROUP BY tier, fund_id
"""
_CLOCKS = {  # milliseconds since midnight in Shanghai
    "postgresql": "(extract(epoch FROM r.started_at) * 1000 + 28800000)::bigint %% 86400000",
    "sqlite": "(CAST(strftime('%%s', r.started_at) AS integer) * 1000 + 28800000) %% 86400000",
}
_WORDS = {"postgresql": ("greatest", "least"), "sqlite": ("max", "min")}


class ByHand:
    """Both statements for one case, with what they ask for."""

    def __init__(self, case: Case, instrument: Instrument) -> None:
        at = now()
        sheet = asked.content_of(case).sheets[0]
        before = sheet_in_force(instrument, at)
        if before is None:
            raise RuntimeError("there is no price to compare with")
        item = sheet.items[0]
        adapt = connection.ops.adapt_datetimefield_value
        self.asked: dict[str, Any] = {
            "class6": instrument.class6,
            "grade": instrument.grade,
            "instrument": instrument.pk,
            "function": item.function,
            "mode": item.service_mode,
            "unit": item.unit,
            "at": adapt(at),
            "since": adapt(at - timedelta(days=365)),
        }
        vendor = connection.vendor
        self._peers = _PEERS_POSTGRESQL if vendor == "postgresql" else _PEERS_SQLITE
        self._uses = uses_by_hand(before, sheet, vendor)

    def peers(self) -> list[tuple[Any, ...]]:
        """Tier, how many, and the five numbers."""
        return self._run(self._peers)

    def uses(self) -> list[tuple[Any, ...]]:
        """Tier, fund, uses, powered time, both bills in fen."""
        return self._run(self._uses)

    def explain(self) -> None:
        """The uses of a year are found by an index, not by reading them all; the plans are kept on demand."""
        how = "EXPLAIN (COSTS OFF)" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        lines = []
        for sql in (self._peers, self._uses):
            plan = [str(row[-1]) for row in self._run(f"{how} {sql}")]
            lines += [sql.strip().replace("%%", "%"), "", *(f"  {line}" for line in plan), ""]
        if os.environ.get(PLANS_VARIABLE):
            PLANS.mkdir(exist_ok=True)
            file = PLANS / f"dossier-{connection.vendor}.txt"
            file.write_text("\n".join(lines), encoding="utf-8")

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        names = {name: value for name, value in self.asked.items() if f"%({name})s" in sql}
        with connection.cursor() as cursor:
            cursor.execute(sql, names)
            return list(cursor.fetchall())


def uses_by_hand(before: Sheet, sheet: Sheet, vendor: str) -> str:
    """The uses of a year under both sheets. Nobody would measure the night where it costs what the day costs:
    it is left out there, as the product leaves it out.
    """
    for one in (before, sheet):
        _require_plain(one, sheet.terms.minimum_minutes)
    greatest, least = _WORDS[vendor]
    nights = [Fraction(one.terms.night_rate) for one in (before, sheet)]
    has_night = any(rate != 1 for rate in nights)
    night = " + ".join(
        f"{greatest}(0, {least}(a + billed, {last * _HOUR}) - {greatest}(a, {first * _HOUR}))"
        for first, last in _NIGHTS
    )
    old_time, new_time = (
        "billed" if rate == 1 else f"(billed - {float(1 - rate)} * night)" for rate in nights
    )
    return _USES.format(
        old=_cases(before),
        new=_cases(sheet),
        old_time=old_time,
        new_time=new_time,
        night=f", {night} AS night" if has_night else "",
        clock=f", {_CLOCKS[vendor]} AS a" if has_night else "",
        greatest=greatest,
        least_ms=sheet.terms.minimum_minutes * 60_000,
    )


def _require_plain(sheet: Sheet, minimum: int) -> None:
    """The statement by hand knows one price by the hour, a night from 22 to 7, and the same minimum for both:
    it is no comparison for anything else.
    """
    usual = Terms()
    terms = replace(
        sheet.terms,
        **{name: getattr(usual, name) for name in ("night_rate", *_SAYS_NOTHING)},
        minimum_minutes=usual.minimum_minutes,
    )
    hourly = len(sheet.items) == 1 and sheet.items[0].unit == HOUR
    if not hourly or terms != usual or sheet.terms.minimum_minutes != minimum:
        raise RuntimeError("the statement by hand does not know this sheet")


def _cases(sheet: Sheet) -> str:
    """The price of a millisecond by tier, in fen."""
    prices = sheet.items[0].prices
    return " ".join(
        f"WHEN '{tier}' THEN {prices.of(tier)} / {_HOUR}.0"
        for tier in ("internal", "external_academic", "enterprise")
    )
