"""The facts of ``booking.cancellation``, schema version 3: a live booking that somebody wants to cancel, or
under which nobody came (``no_show``).

It owns the schema only and fetches nothing. ``minutes_to_start`` is negative once the booking has begun;
``is_late`` is it compared with the dated ``late_minutes``, which stands there for the explanation.
``is_mistake`` compares ``minutes_since_booked`` with the dated ``mistake_minutes``. ``earlier_late`` counts
the late cancellations of the person that still count. Of a no-show ``grace_minutes`` says how long the person
was waited for. ``estimated_fen`` is what is held for the booking (0 where nothing is), of which the dated
``late_per_mille`` or ``no_show_per_mille`` may be asked.
"""

from __future__ import annotations

import dataclasses
import enum

FACTS_SCHEMA = 3


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
    ``instrument_out``: it is locked now, or out of service in what is left of the booked time; of a no-show:
    it was, while the person was waited for. Only of a no-show are ``instrument_offline`` (its controller was
    not heard, so nobody could log on or it is not known yet) and ``instrument_taken`` (somebody else was
    still using it) ever true.
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
    minutes_since_booked: int
    mistake_minutes: int
    is_mistake: bool
    no_show: bool
    grace_minutes: int
    instrument_offline: bool
    instrument_taken: bool
    estimated_fen: int
    late_per_mille: int
    no_show_per_mille: int
