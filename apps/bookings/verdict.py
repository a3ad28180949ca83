"""What somebody hears of a period before they book it: the price in force when it begins, and everything that
stands in the way. Nothing is held and nothing is written.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from apps.bookings.admission import Wish, estimated, refusals, wish
from apps.bookings.models import Booking
from apps.bookings.queries import live_between
from apps.core.errors import NotFound, Refusal
from apps.fees.pricing import Quote
from apps.funding.models import FundAccount
from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.people.models import User

_OVERLAP = "bookings.overlap"


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

    `moving` is a booking of the person's on the same instrument that would go: it stands in nobody's way.
    Reasons are those of `operations.book`.
    """
    funds = list(usable_funds(user, start))
    asked = wish(user=user, instrument=instrument, start=start, end=end, fund=None, now=now, purpose=purpose)
    price = _priced(asked) if end > start else None
    rich = [fund for fund in funds if price is None or fund.available_fen >= price.total_fen]
    fund = (rich or funds or [None])[0]
    if fund is not None:
        asked = wish(
            user=user, instrument=instrument, start=start, end=end, fund=fund, now=now, purpose=purpose
        )
    found = refusals(asked)
    if moving is not None:
        found = [one for one in found if not _is_own(one, moving, asked)]
    return Verdict(start, end, price, asked.is_charged, fund if asked.is_charged else None, tuple(found))


def _priced(asked: Wish) -> Quote | None:
    if not asked.is_charged:
        return None
    with suppress(NotFound):  # told with the other reasons
        return estimated(asked)
    return None


def _is_own(refusal: Refusal, moving: Booking, asked: Wish) -> bool:
    """Whether the only booking in the way is the one that would go."""
    if refusal.code != _OVERLAP or moving.instrument_id != asked.instrument.pk:
        return False
    return not live_between(asked.instrument.pk, asked.start, asked.end).exclude(pk=moving.pk).exists()
