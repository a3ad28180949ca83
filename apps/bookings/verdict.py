"""What somebody hears of a period before they book it: the price in force when it begins, and everything that
stands in the way. Nothing is held and nothing is written.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.bookings.admission import Wish, estimated, refusals, wish
from apps.bookings.models import Booking
from apps.core.errors import NotFound, Refusal
from apps.fees.pricing import Quote
from apps.funding.models import FundAccount
from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.people.models import User


@dataclass(frozen=True)
class Verdict:
    """`price` is None where nothing is charged or no price is known. `reasons` is empty where the period
    may be booked; `fund` is the first that could pay, when the person has one.
    """

    start: datetime
    end: datetime
    price: Quote | None
    is_charged: bool
    fund: FundAccount | None
    reasons: tuple[Refusal, ...]

    @property
    def is_allowed(self) -> bool:
        return not self.reasons


def verdict_on(
    *,
    user: User,
    instrument: Instrument,
    start: datetime,
    end: datetime,
    now: datetime,
    purpose: str = Booking.Purpose.USE,
    moving: Booking | None = None,
) -> Verdict:
    """What booking [start, end) for oneself would cost and meet, with the first fund that holds enough.

    `moving` is a booking of the person's that would go: its time, its hours and its money are there for the
    new one. Reasons are those of `operations.book`.
    """
    known: dict[str, Any] = {
        "user": user,
        "instrument": instrument,
        "start": start,
        "end": end,
        "now": now,
        "purpose": purpose,
        "instead_of": moving,
    }
    funds = list(usable_funds(user, start))
    asked = wish(fund=None, **known)
    price = _priced(asked) if end > start else None
    fund = _paying(funds, moving, price)
    if fund is not None:
        asked = wish(fund=fund, **known)
    found = tuple(refusals(asked))
    return Verdict(start, end, price, asked.is_charged, fund if asked.is_charged else None, found)


def _paying(funds: list[Any], moving: Booking | None, price: Quote | None) -> FundAccount | None:
    """The fund of the booking that would go, else the first that holds enough, else the first."""
    usual = moving.fund_id if moving is not None else None
    rich = [fund for fund in funds if price is None or fund.available_fen >= price.total_fen]
    found: FundAccount | None = next((one for one in funds if one.pk == usual), (rich or funds or [None])[0])
    return found


def _priced(asked: Wish) -> Quote | None:
    if not asked.is_charged:
        return None
    with suppress(NotFound):  # told with the other reasons
        return estimated(asked)
    return None
