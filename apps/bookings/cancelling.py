"""The facts of `booking.cancellation`, gathered with their sources, and the question itself. It changes
nothing; `operations.cancel_booking` acts on the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.bookings.models import Booking, PointEntry
from apps.bookings.points import counting_entries
from apps.core.parameters import value, values
from apps.decisions.judging import Judgement, judge
from apps.decisions.operations import record_judgement
from apps.instruments.models import HOSTED
from apps.instruments.queries import open_lock, outages_between
from apps.people.models import User
from apps.standing.facts import NOT_HOSTED
from rules.points.booking_cancellation import (
    KEY,
    LATE,
    LATE_CHARGED,
    NO_SHOW,
    NO_SHOW_CHARGED,
    REFUSED_OVER,
    BookingPurpose,
    CancellationFacts,
    CancelledBy,
)

_MINUTE = timedelta(minutes=1)
_OF_THE_BOOKING = (
    *("purpose", "minutes_to_start", "is_late", "is_over", "used"),
    *("minutes_since_booked", "is_mistake", "estimated_fen"),
)
_DATED = (
    *("bookings.late_cancel_minutes", "bookings.mistake_minutes"),
    *("bookings.late_cancel_per_mille", "bookings.no_show_per_mille"),
)


@dataclass(frozen=True)
class Absence:
    """What whoever knows of use has seen of a booking that nobody began: since when the person is waited for,
    how long that was meant to be, and what may have kept them: the controller was not heard, or somebody
    else was still using the instrument, at any moment of it.
    """

    since: datetime
    grace: timedelta
    is_out: bool = False
    is_offline: bool = False
    is_taken: bool = False


@dataclass(frozen=True)
class Cancellation:
    """What the rule says of a cancellation, not recorded yet. `per_mille` of the estimate are asked, 0 where
    the rule asks none.
    """

    booking: Booking
    judgement: Judgement
    sources: Mapping[str, Mapping[str, Any]]
    per_mille: int = 0

    @property
    def is_late(self) -> bool:
        """Whether it costs points. A rule that failed (an alarm) costs nobody any."""
        return self.judgement.decision.outcome in (LATE, LATE_CHARGED)

    @property
    def is_no_show(self) -> bool:
        """Whether the person is to blame for not having come."""
        return self.judgement.decision.outcome in (NO_SHOW, NO_SHOW_CHARGED)

    @property
    def is_refused(self) -> bool:
        return self.judgement.decision.outcome == REFUSED_OVER

    def record(self, *, asked_by: str, now: datetime) -> None:
        """Write down what was known and answered."""
        record_judgement(
            self.judgement,
            sources=self.sources,
            subject_id=self.booking.user_id,
            object_ref=f"booking:{self.booking.ulid}",
            asked_by=asked_by,
            now=now,
        )


def judge_cancellation(
    booking: Booking, by: User | None, now: datetime, *, absence: Absence | None = None
) -> Cancellation:
    """The rule's answer about a live booking that `by` (None: the system) wants to cancel now, or, with
    `absence`, under which nobody came.
    """
    facts, sources = cancellation_facts(booking, by, now, absence)
    judgement = judge(point=KEY, facts=facts, at=now)
    asked = {LATE_CHARGED: facts.late_per_mille, NO_SHOW_CHARGED: facts.no_show_per_mille}
    return Cancellation(booking, judgement, sources, asked.get(judgement.decision.outcome, 0))


@dataclass(frozen=True)
class Price:
    """What cancelling costs: points, and `fen`, which are `per_mille` of what was estimated."""

    points: int
    per_mille: int
    fen: int


NOTHING = Price(0, 0, 0)


def cost_of_cancelling(booking: Booking, by: User, now: datetime) -> Price:
    """What the booking's person would have for it now. Nothing is recorded. At most seven queries."""
    if booking.state not in Booking.LIVE:
        return NOTHING
    asked = judge_cancellation(booking, by, now)
    points = int(value("bookings.late_cancel_points", at=now)) if asked.is_late else 0
    if points < 1:
        return NOTHING
    return Price(points, asked.per_mille, part_fen(held_fen(booking), asked.per_mille))


def price_of_cancelling(booking: Booking, by: User, now: datetime) -> int:
    """The points of `cost_of_cancelling`; 0 for none."""
    return cost_of_cancelling(booking, by, now).points


def held_fen(booking: Booking) -> int:
    """What was estimated for the booking and held for it; 0 where it costs nobody anything."""
    return booking.estimated_fen if booking.hold_id is not None and booking.fund_id is not None else 0


def part_fen(base_fen: int, per_mille: int) -> int:
    """So many per mille of an amount, rounded to the nearest fen, half a fen upwards; never more than the
    amount. Pure.
    """
    return (base_fen * min(max(per_mille, 0), 1000) + 500) // 1000


def given_back_fen(old: Booking, start: datetime, end: datetime, *, elsewhere: bool) -> int:
    """What of a booking's estimate belongs to the time that a change to [start, end) gives back, by the
    length of that time, rounded to the nearest fen. All of it where the new time is `elsewhere`. Pure.
    """
    whole = old.end - old.start
    kept = timedelta() if elsewhere else max(min(end, old.end) - max(start, old.start), timedelta())
    second = timedelta(seconds=1)
    length, lost = whole // second, (whole - kept) // second
    return (2 * held_fen(old) * lost + length) // (2 * length)


def cancellation_facts(
    booking: Booking, by: User | None, now: datetime, absence: Absence | None = None
) -> tuple[CancellationFacts, dict[str, dict[str, Any]]]:
    """Everything that is asked about a cancellation, with where it comes from. At most five queries."""
    dated = values(_DATED, at=now)
    late_minutes, mistake_minutes = dated["bookings.late_cancel_minutes"], dated["bookings.mistake_minutes"]
    facts = CancellationFacts(
        purpose=BookingPurpose(booking.purpose),
        cancelled_by=_who(booking, by),
        minutes_to_start=(booking.start - now) // _MINUTE,
        late_minutes=late_minutes,
        # Nobody has said yes to a request: whoever withdraws it in time or not keeps it from nobody's use.
        is_late=booking.state != Booking.State.REQUESTED
        and now > booking.start - timedelta(minutes=late_minutes),
        is_over=booking.end <= now,
        used=booking.used_at is not None,
        instrument_out=_is_out(booking, now) if absence is None else absence.is_out,
        earlier_late=_earlier_late(booking, now),
        minutes_since_booked=(now - booking.requested_at) // _MINUTE,
        mistake_minutes=mistake_minutes,
        is_mistake=booking.requested_at <= now < booking.requested_at + mistake_minutes * _MINUTE,
        no_show=absence is not None,
        grace_minutes=absence.grace // _MINUTE if absence else 0,
        instrument_offline=absence is not None and absence.is_offline,
        instrument_taken=absence is not None and absence.is_taken,
        estimated_fen=held_fen(booking),
        late_per_mille=dated["bookings.late_cancel_per_mille"],
        no_show_per_mille=dated["bookings.no_show_per_mille"],
    )
    row = _source("booking", booking.ulid, "预约", "Booking")
    seen = _source("usage", "", "使用情况", "Use")
    return facts, {
        **dict.fromkeys(_OF_THE_BOOKING, row),
        **dict.fromkeys(("no_show", "grace_minutes", "instrument_offline", "instrument_taken"), seen),
        "cancelled_by": _source("request", "", "取消申请", "Request"),
        "late_minutes": _source("parameter", "bookings.late_cancel_minutes", "预约参数", "Parameter"),
        "late_per_mille": _source("parameter", "bookings.late_cancel_per_mille", "预约参数", "Parameter"),
        "no_show_per_mille": _source("parameter", "bookings.no_show_per_mille", "预约参数", "Parameter"),
        "mistake_minutes": _source("parameter", "bookings.mistake_minutes", "预约参数", "Parameter"),
        "instrument_out": _source("instrument", booking.instrument.ulid, "仪器档案", "Instrument register"),
        "earlier_late": _source("points", "", "记分", "Points"),
    }


def _who(booking: Booking, by: User | None) -> CancelledBy:
    if by is None:
        return CancelledBy.SYSTEM
    return CancelledBy.USER if by.pk == booking.user_id else CancelledBy.CREW


def _is_out(booking: Booking, now: datetime) -> bool:
    if open_lock(booking.instrument) is not None:
        return True
    if booking.instrument.hosting not in (*NOT_HOSTED, HOSTED):  # its hosting is over: it opens for nobody
        return True
    ahead = max(booking.start, min(now, booking.end))
    return outages_between(booking.instrument_id, ahead, booking.end).exists()


def _earlier_late(booking: Booking, now: datetime) -> int:
    counting = counting_entries(booking.user, now)
    return sum(entry.kind == PointEntry.Kind.LATE_CANCEL for entry in counting)


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}
