"""What somebody would hear of a period before they book it. Nothing is held, nothing is written."""

from datetime import datetime
from typing import Any

from apps.bookings.admission import Admission, estimate_fen, judge_admission, wish
from apps.bookings.models import Booking
from apps.core.errors import NotFound
from apps.funding.models import FundAccount
from apps.funding.queries import usable_funds
from apps.instruments.models import Instrument
from apps.people.models import User


def foresee(
    *,
    user: User,
    instrument: Instrument,
    start: datetime,
    end: datetime,
    now: datetime,
    fund: FundAccount | None = None,
    purpose: str = Booking.Purpose.USE,
    instead_of: Booking | None = None,
) -> Admission:
    """The answer of the rule `booking.admission` as booking now would meet it: all that stands in the way,
    each with who can mend it, and the price. Without a fund, the first of the person's that holds enough is
    asked about, else the first. Not recorded.

    `instead_of` is a booking that would go; its time, its hours and its money are there for the new one.
    """
    known: dict[str, Any] = {
        "user": user,
        "instrument": instrument,
        "start": start,
        "end": end,
        "now": now,
        "purpose": purpose,
        "instead_of": instead_of,
    }
    asked = wish(fund=fund, **known)
    if fund is None and asked.is_charged and end > start:
        try:
            price = estimate_fen(asked)
        except NotFound:
            price = 0
        funds = list(usable_funds(user, start))
        fund = next((one for one in funds if one.available_fen >= price), funds[0] if funds else None)
        asked = wish(fund=fund, **known)
    return judge_admission(asked)
