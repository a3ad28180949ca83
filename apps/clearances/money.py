"""Who pays, how much it may cost, and whether that is there. It reads gathered rows, computes by
`fees.pricing`, and holds nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.fees.assembling import PriceRow, assemble, needs_calendar, rate_of_tier
from apps.fees.content import Terms
from apps.fees.owners import as_rate
from apps.fees.pricing import PriceModel, planned, quote
from apps.fees.queries import days_off
from apps.standing.facts import SELF_OPERATED, Standing
from apps.standing.reading import Row, Rows
from apps.standing.sources import Gathered, Source
from rules.points.access_unlock import ARREARS_LIMIT_DAYS

USABLE, NO_FUND, BLOCKED = "usable", "none", "blocked"


@dataclass(frozen=True, slots=True)
class Purse:
    """The fund that would pay: its row (or None), its state, and what may still be spent from it for this
    use, in fen.
    """

    row: Row | None
    state: str
    available_fen: int


def purse_of(standing: Standing, booking: Row | None) -> Purse:
    """The booking's fund, else the usable fund with the most money (the lowest number decides a tie).

    What is held for the booking itself is there to be spent on it. A fund of a group that the person has
    left pays nothing.
    """
    funds = {row.id: row for row in standing.funds}
    held = booking.m if booking else 0
    if booking is not None and booking.b:
        row = funds.get(int(booking.b))
        if row is None:
            return Purse(None, NO_FUND, 0)
        return Purse(row, _state(row, standing.at), _available(standing, row, held))
    usable = [row for row in funds.values() if _state(row, standing.at) == USABLE]
    if usable:
        best = min(usable, key=lambda row: (-_available(standing, row, 0), row.a))
        return Purse(best, USABLE, _available(standing, best, 0))
    blocked = min(funds.values(), key=lambda row: row.a, default=None)
    return Purse(blocked, BLOCKED, 0) if blocked else Purse(None, NO_FUND, 0)


def say_purse(
    facts: Gathered, standing: Standing, purse: Purse, rows: Rows, parameters: Mapping[str, Any]
) -> None:
    """The facts of the purse; the estimate comes later, when it is known until when the use may last."""
    row = purse.row
    source = (
        Source("fund", row.ulid, f"经费账户 {row.a}", f"Fund account {row.a}", row.t1)
        if row
        else Source("fund", "", "没有可用的经费账户", "No usable fund account")
    )
    facts.say(source, fund_state=purse.state, fund_available_fen=purse.available_fen)
    debt = next((found for found in rows.get("debt", ()) if row is not None and found.id == row.id), None)
    facts.say(source, arrears_days=_arrears(debt, standing.at, parameters["billing.arrears_days"]))
    if row is not None and purse.state == USABLE:
        facts.end("fund_end", row.t1)
        member = standing.memberships.get(row.m)
        facts.end("membership_end", member.t1 if member else None)


def estimate(standing: Standing, start: datetime, end: datetime) -> int:
    """What the use would cost from `start` to `end` if all of it were powered, in fen; 0 where there is no
    price.
    """
    model = price_model(standing)
    return 0 if model is None or end <= start else quote(model, planned(start, end)).total_fen


def price_model(standing: Standing) -> PriceModel | None:
    """What `fees.queries.price_model` answers for self-operated time, from rows that are here already; None
    without a price. One query where days off have a price of their own, else none.
    """
    fee = standing.fee
    rows = [_price_row(row) for row in standing.fee_items]
    if fee is None or not rows:
        return None
    minutes, step, night_from, night_to, cap = fee.c.split("|")
    night, weekend_rate, weekend_night, own_group, hosted_owner = fee.b.split("|")
    terms = Terms(
        minimum_minutes=int(minutes),
        minimum_fen=fee.n,
        cap_fen=int(cap) if cap else None,
        billing_step_seconds=int(step),
        night_rate=night,
        night_start_hour=int(night_from),
        night_end_hour=int(night_to),
        weekend_rate=weekend_rate,
        weekend_night_rate=weekend_night,
        own_group_rate=own_group,
        hosted_owner_rate=hosted_owner,
    )
    named = standing.fee_items[0].b == standing.tier
    rate = "1" if named else _rate(terms, standing)
    if fee.t0 is None or not needs_calendar(terms):
        return assemble(terms, rows, tier_rate=rate)
    return assemble(terms, rows, tier_rate=rate, is_day_off=days_off(fee.t0))


def _rate(terms: Terms, standing: Standing) -> str:
    """The hosted owner pays as the agreement says, whoever else as the fee standard does."""
    if standing.tier == "hosted_owner" and standing.owner is not None:
        return as_rate(standing.owner.n)
    return rate_of_tier(terms, standing.tier)


def _price_row(row: Row) -> PriceRow:
    minutes, start, end, follows, rate = row.ulid.split("|")
    return PriceRow(
        code=row.a,
        name_zh="",
        name_en="",
        unit=row.c.removesuffix(SELF_OPERATED),
        price_fen=row.n,
        unit_minutes=int(minutes),
        block_start=start,
        block_end=end,
        follows=follows,
        following_rate=rate,
    )


def _state(row: Row, at: datetime) -> str:
    begun = row.t0 is not None and row.t0 <= at
    return USABLE if begun and row.t2 is None and (row.t1 is None or at < row.t1) else BLOCKED


def _available(standing: Standing, row: Row, held: int) -> int:
    """Balance or limit, whichever leaves less; what is held for the booking itself counts against neither."""
    limit = standing.limits.get(row.id)
    if limit is None:
        return row.n + held
    return min(row.n, limit - standing.claimed.get(row.id, 0)) + held


def _arrears(debt: Row | None, at: datetime, bar_days: int) -> int:
    """Days past the due date. The table forgives ARREARS_LIMIT_DAYS of them, so that use is barred
    `bar_days` after the charge.
    """
    if debt is None or debt.t0 is None:
        return 0
    return max(0, (at - debt.t0).days - (bar_days - ARREARS_LIMIT_DAYS))
