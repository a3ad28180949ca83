# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""``booking.cancellation``: is this booking cancelled freely, is it late, or is it over?

Outcomes: ``free``, ``late``, ``refused_over``. The first row that fires decides; what nothing speaks against
is free. Nothing here fetches facts (``apps.bookings.cancelling``).
"""

from __future__ import annotations

from rules.points.booking_cancellation.examples import EXAMPLES, GOOD, situation
from rules.points.booking_cancellation.facts import (
    FACTS_SCHEMA,
    BookingPurpose,
    CancellationFacts,
    CancelledBy,
)
from rules.points.booking_cancellation.outcomes import FREE, LATE, REFUSED_OVER
from rules.registry import PointSpec
from rules.rows import Cell, HitPolicy, Row, is_true
from rules.table import RuleSet

__all__ = [
    "DEFAULT",
    "FREE",
    "GOOD",
    "KEY",
    "LATE",
    "REFUSED_OVER",
    "SPEC",
    "BookingPurpose",
    "CancellationFacts",
    "CancelledBy",
    "situation",
]

KEY = "booking.cancellation"

ROWS: tuple[Row, ...] = (
    Row(
        id="over",
        cells=(is_true("is_over"),),
        outcome=REFUSED_OVER,
        code="cancellation.over",
        mender="manager",
        zh="预约时间已过，不能再取消",
        en="The booked time is over, so there is nothing left to cancel",
    ),
    Row(
        id="by-others",
        cells=(Cell("cancelled_by", "neq", "user"),),
        outcome=FREE,
        code="cancellation.by_others",
        zh="不是本人取消，不记分",
        en="Cancelled by somebody else: no points",
    ),
    Row(
        id="for-others",
        cells=(Cell("purpose", "neq", "use"),),
        outcome=FREE,
        code="cancellation.for_others",
        zh="不是本人自主上机的预约，不记分",
        en="Not booked for an own use: no points",
    ),
    Row(
        id="instrument-out",
        cells=(is_true("instrument_out"),),
        outcome=FREE,
        code="cancellation.instrument_out",
        zh="仪器停机或被锁定，不记分",
        en="The instrument is out of service or locked: no points",
    ),
    Row(
        id="used",
        cells=(is_true("used"),),
        outcome=FREE,
        code="cancellation.used",
        zh="已经上机，提前结束剩余时间，不记分",
        en="The instrument was used and the rest is given back: no points",
    ),
    Row(
        id="late-again",
        cells=(is_true("is_late"), Cell("earlier_late", "gte", 1)),
        outcome=LATE,
        code="cancellation.late_again",
        mender="self",
        zh="取消过晚：应在开始前 {late_minutes} 分钟取消，此前已有 {earlier_late} 次",
        en="Cancelled late once more ({earlier_late} before); it is free until {late_minutes} minutes ahead",
    ),
    Row(
        id="late",
        cells=(is_true("is_late"),),
        outcome=LATE,
        code="cancellation.late",
        mender="self",
        zh="取消过晚：应在开始前 {late_minutes} 分钟取消",
        en="Cancelled late; it is free until {late_minutes} minutes ahead",
    ),
)

DEFAULT = RuleSet(
    key=KEY,
    version=1,
    hit=HitPolicy.FIRST,
    facts=CancellationFacts,
    rows=ROWS,
    default=FREE,
    examples=EXAMPLES,
    facts_schema=FACTS_SCHEMA,
)

SPEC = PointSpec(
    key=KEY,
    facts=CancellationFacts,
    outcomes=(FREE, LATE, REFUSED_OVER),
    default=DEFAULT,
    title_zh="取消预约",
    title_en="Cancelling a booking",
)
