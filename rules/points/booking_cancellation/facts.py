"""The facts of ``booking.cancellation``, schema version 1: a live booking that somebody wants to cancel.

It owns the schema only and fetches nothing. ``minutes_to_start`` is negative once the booking has begun;
``is_late`` is it compared with the dated ``late_minutes``, which stands there for the explanation.
``earlier_late`` counts the late cancellations of the person that still count.
"""

from __future__ import annotations

import dataclasses
import enum

FACTS_SCHEMA = 1


class BookingPurpose(enum.StrEnum):
    """What the instrument was booked for."""

    USE = "use"
    SAMPLE_RUN = "sample_run"
    TRAINING = "training"
    TEACHING = "teaching"
    MAINTENANCE = "maintenance"


class CancelledBy(enum.StrEnum):
    """Who cancels: the person who has the booking, the instrument's crew, or the system."""

    USER = "user"
    CREW = "crew"
    SYSTEM = "system"


@dataclasses.dataclass(frozen=True, kw_only=True)
class CancellationFacts:
    """What a cancellation is judged by. ``used``: the instrument was switched on under the booking;
    ``instrument_out``: it is locked now, or out of service in what is left of the booked time.
    """

    purpose: BookingPurpose
    cancelled_by: CancelledBy
    minutes_to_start: int
    late_minutes: int
    is_late: bool
    is_over: bool
    used: bool
    instrument_out: bool
    earlier_late: int
