# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""``booking.cancellation``: is this booking cancelled freely, is it late, did nobody come, or is it over?

Outcomes: ``free``, ``late``, ``no_show``, ``refused_over``, and ``late_charged`` and ``no_show_charged``,
which ask a part of the fee besides the points. The first row that fires decides; what nothing speaks against
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
from rules.points.booking_cancellation.outcomes import (
    FREE,
    LATE,
    LATE_CHARGED,
    NO_SHOW,
    NO_SHOW_CHARGED,
    REFUSED_OVER,
)
from rules.registry import PointSpec
from rules.rows import Cell, HitPolicy, Row, is_false, is_true
from rules.table import RuleSet

__all__ = [
    "DEFAULT",
    "FREE",
    "GOOD",
    "KEY",
    "LATE",
    "LATE_CHARGED",
    "NO_SHOW",
    "NO_SHOW_CHARGED",
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
        cells=(is_true("is_over"), is_false("no_show")),
        outcome=REFUSED_OVER,
        code="cancellation.over",
        mender="manager",
        zh="预约时间已过，不能再取消",
        en="The booked time is over, so there is nothing left to cancel",
    ),
    Row(
        id="by-others",
        cells=(Cell("cancelled_by", "neq", "user"), is_false("no_show")),
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
        id="instrument-offline",
        cells=(is_true("instrument_offline"),),
        outcome=FREE,
        code="cancellation.instrument_offline",
        zh="仪器的控制器曾失去连接，不算爽约",
        en="The instrument's controller was not connected: nobody is blamed for staying away",
    ),
    Row(
        id="instrument-taken",
        cells=(is_true("instrument_taken"),),
        outcome=FREE,
        code="cancellation.instrument_taken",
        zh="仪器当时仍被他人使用，不算爽约",
        en="Somebody else was still using the instrument: nobody is blamed for staying away",
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
        id="no-show-charged",
        cells=(is_true("no_show"), Cell("no_show_per_mille", "gte", 1), Cell("estimated_fen", "gte", 1)),
        outcome=NO_SHOW_CHARGED,
        code="cancellation.no_show_charged",
        mender="self",
        zh=(
            "开始后 {grace_minutes} 分钟内无人上机，按爽约处理，"
            "并收取预计费用 {estimated_fen:yuan} 元的 {no_show_per_mille}‰"
        ),
        en=(
            "Nobody began within {grace_minutes} minutes: a no-show, and {no_show_per_mille} per mille of the"
            " estimated {estimated_fen:yuan} yuan are charged"
        ),
    ),
    Row(
        id="no-show",
        cells=(is_true("no_show"),),
        outcome=NO_SHOW,
        code="cancellation.no_show",
        mender="self",
        zh="开始后 {grace_minutes} 分钟内无人上机，按爽约处理",
        en="Nobody began within {grace_minutes} minutes: a no-show",
    ),
    Row(
        id="mistake",
        cells=(is_true("is_late"), is_true("is_mistake")),
        outcome=FREE,
        code="cancellation.mistake",
        zh="预约后 {mistake_minutes} 分钟内即取消，不记分",
        en="Cancelled within {mistake_minutes} minutes of booking it: no points",
    ),
    Row(
        id="late-charged",
        cells=(is_true("is_late"), Cell("late_per_mille", "gte", 1), Cell("estimated_fen", "gte", 1)),
        outcome=LATE_CHARGED,
        code="cancellation.late_charged",
        mender="self",
        zh=(
            "取消过晚：应在开始前 {late_minutes} 分钟取消；"
            "收取预计费用 {estimated_fen:yuan} 元的 {late_per_mille}‰"
        ),
        en=(
            "Cancelled late; it is free until {late_minutes} minutes ahead. {late_per_mille} per mille of the"
            " estimated {estimated_fen:yuan} yuan are charged"
        ),
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
    outcomes=(FREE, LATE, NO_SHOW, REFUSED_OVER, LATE_CHARGED, NO_SHOW_CHARGED),
    default=DEFAULT,
    title_zh="取消预约",
    title_en="Cancelling a booking",
)
