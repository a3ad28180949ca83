"""The facts of `booking.cancellation`, gathered with their sources, and the question itself. It changes
nothing; `operations.cancel_booking` acts on the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.bookings.models import Booking, PointEntry
from apps.bookings.points import counting_entries
from apps.core.parameters import value
from apps.decisions.judging import Judgement, judge
from apps.decisions.operations import record_judgement
from apps.instruments.queries import open_lock, outages_between
from apps.people.models import User
from rules.points.booking_cancellation import (
    KEY,
    LATE,
    REFUSED_OVER,
    BookingPurpose,
    CancellationFacts,
    CancelledBy,
)

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Cancellation:
    """What the rule says of a cancellation, not recorded yet."""

    booking: Booking
    judgement: Judgement
    sources: Mapping[str, Mapping[str, Any]]

    @property
    def is_late(self) -> bool:
        """Whether it costs points. A rule that failed (an alarm) costs nobody any."""
        return self.judgement.decision.outcome == LATE

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


def judge_cancellation(booking: Booking, by: User | None, now: datetime) -> Cancellation:
    """The rule's answer about a live booking that `by` (None: the system) wants to cancel now."""
    facts, sources = cancellation_facts(booking, by, now)
    return Cancellation(booking, judge(point=KEY, facts=facts, at=now), sources)


def price_of_cancelling(booking: Booking, by: User, now: datetime) -> int:
    """The points that the booking's person would have for it now; 0 for none. Nothing is recorded. At most
    seven queries.
    """
    if booking.state not in Booking.LIVE or not judge_cancellation(booking, by, now).is_late:
        return 0
    return int(value("bookings.late_cancel_points", at=now))


def cancellation_facts(
    booking: Booking, by: User | None, now: datetime
) -> tuple[CancellationFacts, dict[str, dict[str, Any]]]:
    """Everything that is asked about a cancellation, with where it comes from. At most five queries."""
    late_minutes = value("bookings.late_cancel_minutes", at=now)
    facts = CancellationFacts(
        purpose=BookingPurpose(booking.purpose),
        cancelled_by=_who(booking, by),
        minutes_to_start=(booking.start - now) // _MINUTE,
        late_minutes=late_minutes,
        is_late=now > booking.start - timedelta(minutes=late_minutes),
        is_over=booking.end <= now,
        used=booking.used_at is not None,
        instrument_out=_is_out(booking, now),
        earlier_late=_earlier_late(booking, now),
    )
    row = _source("booking", booking.ulid, "预约", "Booking")
    return facts, {
        **dict.fromkeys(("purpose", "minutes_to_start", "is_late", "is_over", "used"), row),
        "cancelled_by": _source("request", "", "取消申请", "Request"),
        "late_minutes": _source("parameter", "bookings.late_cancel_minutes", "预约参数", "Parameter"),
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
    ahead = max(booking.start, min(now, booking.end))
    return outages_between(booking.instrument_id, ahead, booking.end).exists()


def _earlier_late(booking: Booking, now: datetime) -> int:
    counting = counting_entries(booking.user, now)
    return sum(entry.kind == PointEntry.Kind.LATE_CANCEL for entry in counting)


def _source(kind: str, ref: str, zh: str, en: str) -> dict[str, Any]:
    return {"kind": kind, "ref": ref, "label_zh": zh, "label_en": en}
