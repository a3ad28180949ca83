"""What another price would have meant: the uses of the last year priced by the standard in force and by the
proposed one, side by side: income, the bill of each group, the burden on each fund.

One statement measures every use inside the database (`measures.py`); what comes back is one row for each tier
and fund. It is an estimate by sums: the rounding of each line of each use is left out, and a minimum or a cap
counts at the ordinary hour rate. Where days off have a price of their own, they are those of the school's
calendar, with its holidays and without the weekend days that are worked.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection

from apps.billing.operations import CHARGED_PURPOSES
from apps.core.clock import SCHOOL_ZONE, school_time
from apps.core.money import round_fen
from apps.core.parameters import value
from apps.core.workdays import load_calendar
from apps.fees.assembling import model_of_sheet
from apps.fees.content import TIERS, Sheet
from apps.fees.models import Tier
from apps.fees.pricing import PriceModel, has_days_off
from apps.funding.models import FundAccount
from apps.instruments.models import Instrument
from apps.reports.measures import (
    DAY_MS,
    DIALECTS,
    Dialect,
    billed_ms,
    calendar_of,
    limits,
    measures,
    needs_clock,
    number_of,
)

_HOUR_MS = 3_600_000
_LONGEST_USE = timedelta(days=60)  # none runs for so long
_SIDES = ("old", "new")
Models = Mapping[str, PriceModel | None]


@dataclass(frozen=True, slots=True)
class Bill:
    """What somebody would have paid under both, in fen, for so many uses and so much powered time (ms)."""

    key: str
    name_zh: str
    name_en: str
    uses: int
    powered_ms: int
    old_fen: int
    new_fen: int

    @property
    def change_fen(self) -> int:
        return self.new_fen - self.old_fen


@dataclass(frozen=True, slots=True)
class FundBill(Bill):
    """The bill of one fund (`key` is its number) and what is on it now, in fen."""

    balance_fen: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer for one instrument in [since, until). `unpriced` counts uses for which one of the two
    standards names no price. Groups and funds come with the largest bill under the new one first; they are as
    long as there are groups that used the instrument. `without_fund` is the bill of the uses that no fund is
    known of (None: there are none): with it, groups and funds sum to the whole.
    """

    since: datetime
    until: datetime
    uses: int
    powered_ms: int
    unpriced: int
    old_fen: int
    new_fen: int
    tiers: tuple[Bill, ...]
    groups: tuple[Bill, ...]
    funds: tuple[FundBill, ...]
    without_fund: Bill | None = None

    @property
    def change_fen(self) -> int:
        return self.new_fen - self.old_fen


@dataclass(frozen=True, slots=True)
class _Row:
    tier: str
    fund: int | None
    uses: int
    powered_ms: int
    sums: Mapping[str, Mapping[str, int]]


def what_if(
    *, instrument: Instrument, before: Sheet | None, sheet: Sheet, at: datetime, days: int | None = None
) -> WhatIf:
    """The uses of the last `days` (else `fees.whatif_days`) before `at` under the sheet before and the
    proposed one. Samples and core-hours are not among them: uses are charged by their time. Three queries,
    two with `days`; one more where days off have a price of their own.
    """
    until = at
    since = at - timedelta(days=days if days is not None else int(value("fees.whatif_days", at=at)))
    models = {"old": _models(before), "new": _models(sheet)}
    rows = _rows(instrument, models, since, until)
    return _answer(rows, models, since, until)


@dataclass(frozen=True, slots=True)
class Statement:
    """The one statement, and which measures of which side its columns are after tier, fund, number of uses
    and powered time. Parameters: instrument, since, until.
    """

    sql: str
    columns: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a calendar that a statement may ask for: from `first` to `last`."""

    first: date
    last: date
    is_day_off: Callable[[date], bool]


def statement(
    models: Mapping[str, Models], dialect: Dialect, offset_ms: int, days: Days | None = None
) -> Statement:
    """What measures every use for both sides; a measure that both need is taken once. `days` is needed where
    days off have a price of their own (`prices_days_off`).
    """
    shapes = {side: _shape(models[side]) for side in _SIDES}
    billed = {side: billed_ms(shapes[side], dialect, "powered") for side in _SIDES}
    ends = dict.fromkeys(billed.values())
    names = {text: f"b{number}" for number, text in enumerate(ends)}
    wanted: dict[str, list[tuple[str, str]]] = {}
    for side in _SIDES:
        end = names[billed[side]]
        found = measures(shapes[side], dialect, "a", end) | _limits(models[side], dialect, end)
        for measure, text in found.items():
            wanted.setdefault(text, []).append((side, measure))
    sums = ", ".join(f"CAST(SUM({text}) AS bigint)" for text in wanted)
    last = ", ".join(f"a + {text} AS {name}" for text, name in names.items())
    calendar, source = _with_days(days, ("a", *names.values()), dialect)
    purposes = ", ".join(f"'{purpose}'" for purpose in sorted(CHARGED_PURPOSES))
    # Every piece is made of constants and whole numbers of our own; what was asked for comes as parameters.
    # The steps are kept apart (MATERIALIZED), else every mention of a moment is computed anew for each use;
    # where only lengths matter, no moment is computed at all.
    timed = any(needs_clock(shape) for shape in shapes.values())
    begins = dialect.local_ms("r.started_at", offset_ms) if timed else "0"
    apart = "MATERIALIZED" if timed else "NOT MATERIALIZED"
    text = (
        f"WITH m AS {apart} ("  # noqa: S608
        f"SELECT s.tier, s.fund_id, {begins} AS a,"
        " r.powered_ms AS powered FROM usage_usagerecord r"
        " JOIN usage_usagesession s ON s.id = r.session_id"
        " WHERE r.instrument_id = ? AND r.started_at >= ? AND r.started_at < ?"
        f" AND r.powered_ms > 0 AND r.held = '' AND r.verdict <> 'dismissed' AND r.purpose IN ({purposes})"
        " AND s.kind NOT IN ('override', 'unknown')),"
        f" u AS {apart} (SELECT tier, fund_id, a, powered, {last} FROM m){calendar}"
        f" SELECT tier, fund_id, COUNT(*), CAST(SUM(powered) AS bigint), {sums} FROM {source}"
        " GROUP BY tier, fund_id"
    )
    # What a database driver reads has %s for a parameter, and its per cent signs twice.
    return Statement(text.replace("%", "%%").replace("?", "%s"), tuple(map(tuple, wanted.values())))


def prices_days_off(models: Mapping[str, Models]) -> bool:
    """Whether one of the sides asks for days off."""
    return any(has_days_off(_shape(models[side])) for side in _SIDES)


def _with_days(days: Days | None, moments: Iterable[str], dialect: Dialect) -> tuple[str, str]:
    """The calendar as a further step, and the uses with the day of each of their moments. What lies beyond
    the last day is not looked up: no use lasts so long.
    """
    if days is None:
        return "", "u"
    rows = calendar_of(days.first, days.last, days.is_day_off)
    joined = [
        f"JOIN c c_{name} ON c_{name}.day = {dialect.fewest(f'{name} / {DAY_MS}', str(number_of(days.last)))}"
        for name in moments
    ]
    taken = [
        f"CAST(c_{name}.{column} AS bigint) AS {name}_{column}"
        for name in moments
        for column in ("off", "before")
    ]
    step = f", c (day, off, before) AS MATERIALIZED ({rows})"
    return step, f"(SELECT u.*, {', '.join(taken)} FROM u {' '.join(joined)}) d"  # noqa: S608 - as above


def priced(model: PriceModel, sums: Mapping[str, int], uses: int, order: Mapping[str, int]) -> Fraction:
    """What so many uses cost by a model, exact fen, from the sums of their measures; `order` numbers the
    blocks.
    """
    total = Fraction(model.startup_fen) * uses
    if model.periods is not None:
        further_fen = model.periods.further_fen if model.periods.further_ms else model.periods.first_fen
        total += model.periods.first_fen * uses + further_fen * sums["further"]
    else:
        total += _by_the_hour(model, sums) + _by_the_block(model, sums, order)
    hour = Fraction(model.hour_fen, _HOUR_MS)
    return Fraction(model.tier_rate) * (total + hour * (sums.get("short", 0) - sums.get("over", 0)))


def _by_the_hour(model: PriceModel, sums: Mapping[str, int]) -> Fraction:
    night, off, both = sums.get("night", 0), sums.get("off", 0), sums.get("off_night", 0)
    night_rate, off_rate = Fraction(model.night_rate), Fraction(model.weekend_rate)
    said = model.weekend_night_rate
    both_rate = min(night_rate, off_rate) if said is None else Fraction(said)
    plain = sums["hours"] - night - off + both
    weighted = plain + night_rate * (night - both) + off_rate * (off - both) + both_rate * both
    return Fraction(model.hour_fen, _HOUR_MS) * weighted


def _by_the_block(model: PriceModel, sums: Mapping[str, int], order: Mapping[str, int]) -> Fraction:
    total = Fraction(0)
    for block in model.blocks:
        number = order[block.code]
        entered = sums[f"entered{number}"] if block.follows else 0
        ordinary = sums[f"touched{number}"] - entered
        total += block.price_fen * (ordinary + Fraction(block.following_rate) * entered)
    return total


def _answer(rows: list[_Row], models: Mapping[str, Models], since: datetime, until: datetime) -> WhatIf:
    orders = {side: {block.code: n for n, block in enumerate(_shape(models[side]).blocks)} for side in _SIDES}
    funds = _funds({row.fund for row in rows if row.fund is not None})
    tiers, groups, purses, others = _Bills(), _Bills(), _Bills(), _Bills()
    unpriced = 0
    for row in rows:
        sides = [models[side].get(row.tier) for side in _SIDES]
        unpriced += row.uses if None in sides else 0
        old, new = (
            priced(model, row.sums[side], row.uses, orders[side]) if model is not None else Fraction(0)
            for side, model in zip(_SIDES, sides, strict=True)
        )
        tiers.add(row.tier, row, old, new)
        fund = funds.get(row.fund or 0)
        if fund is not None:
            purses.add(fund.number, row, old, new)
            groups.add(fund.group.ulid, row, old, new)
        else:
            others.add("", row, old, new)
    by_number = {fund.number: fund for fund in funds.values()}
    by_group = {fund.group.ulid: fund.group for fund in funds.values()}
    whole = tiers.bills(lambda key: (Tier(key).label, Tier(key).label))
    return WhatIf(
        since=since,
        until=until,
        uses=sum(row.uses for row in rows),
        powered_ms=sum(row.powered_ms for row in rows),
        unpriced=unpriced,
        old_fen=sum(bill.old_fen for bill in whole),
        new_fen=sum(bill.new_fen for bill in whole),
        tiers=whole,
        groups=groups.bills(lambda key: (by_group[key].name_zh, by_group[key].name_en)),
        funds=tuple(
            FundBill(**asdict(bill), balance_fen=by_number[bill.key].account.balance_fen)
            for bill in purses.bills(lambda key: (by_number[key].name_zh, by_number[key].name_en))
        ),
        without_fund=next(iter(others.bills(lambda _key: ("", ""))), None),
    )


class _Bills:
    """Bills that grow row by row, exact until the end."""

    def __init__(self) -> None:
        self._sums: dict[str, list[Any]] = {}

    def add(self, key: str, row: _Row, old: Fraction, new: Fraction) -> None:
        mine = self._sums.setdefault(key, [0, 0, Fraction(0), Fraction(0)])
        for number, more in enumerate((row.uses, row.powered_ms, old, new)):
            mine[number] += more

    def bills(self, names: Callable[[str], tuple[Any, Any]]) -> tuple[Bill, ...]:
        """Rounded once each, the largest new bill first."""
        made = []
        for key, (uses, powered, old, new) in self._sums.items():
            name_zh, name_en = names(key)
            made.append(Bill(key, str(name_zh), str(name_en), uses, powered, round_fen(old), round_fen(new)))
        return tuple(sorted(made, key=lambda bill: (-bill.new_fen, bill.key)))


def _funds(ids: Collection[int]) -> dict[int, FundAccount]:
    found = FundAccount.objects.filter(pk__in=ids).select_related("group", "account") if ids else ()
    return {fund.pk: fund for fund in found}


def _models(sheet: Sheet | None) -> Models:
    """The price model of every tier as it is charged: self-operated, or assisted where that is all."""
    if sheet is None:
        return {}
    return {
        tier: model_of_sheet(sheet, tier, "self") or model_of_sheet(sheet, tier, "assisted") for tier in TIERS
    }


def _shape(models: Models) -> PriceModel:
    """What the measures are taken by: the terms of a sheet are those of every tier; its blocks are those of
    all tiers together.
    """
    there = [model for model in models.values() if model is not None]
    if not there:
        return PriceModel()
    blocks = {block.code: block for model in there for block in model.blocks}
    periods = next((model.periods for model in there if model.periods is not None), None)
    return replace(there[0], blocks=tuple(blocks.values()), periods=periods)


def _limits(models: Models, dialect: Dialect, end: str) -> dict[str, str]:
    """How far uses stay below the minimum and go beyond the cap: at the price of each tier."""
    by_tier = {tier: limits(model, dialect, "a", end) for tier, model in models.items() if model is not None}
    found = {}
    for name in ("short", "over"):
        cases = [f"WHEN '{tier}' THEN {said[name]}" for tier, said in by_tier.items() if name in said]
        if cases:
            found[name] = f"CASE tier {' '.join(cases)} ELSE 0 END"
    return found


def _rows(
    instrument: Instrument, models: Mapping[str, Models], since: datetime, until: datetime
) -> list[_Row]:
    offset = SCHOOL_ZONE.utcoffset(until.replace(tzinfo=None))
    offset_ms = int(offset.total_seconds()) * 1000 if offset else 0
    asked = statement(models, DIALECTS[connection.vendor], offset_ms, _days(models, since, until))
    with connection.cursor() as cursor:
        moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (since, until)]
        cursor.execute(asked.sql, [instrument.pk, *moments])
        return [
            _Row(tier, fund, uses, powered, _by_side(asked, rest))
            for tier, fund, uses, powered, *rest in cursor.fetchall()
        ]


def _days(models: Mapping[str, Models], since: datetime, until: datetime) -> Days | None:
    """The school's calendar of the days in which uses run. One query, none where it says nothing."""
    if not prices_days_off(models):
        return None
    first = school_time(since).date()
    last = school_time(until).date() + _LONGEST_USE
    calendar = load_calendar(since=first, until=last)
    return Days(first, last, lambda day: not calendar.is_working_day(day))


def _by_side(asked: Statement, numbers: list[Any]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {side: {} for side in _SIDES}
    for places, number in zip(asked.columns, numbers, strict=True):
        for side, measure in places:
            found[side][measure] = int(number or 0)
    return found
