"""The facts of ``booking.route``, schema version 1: an admitted booking that may still want somebody's yes.

It owns the schema only and fetches nothing. ``earlier_bookings`` counts the person's used bookings of the
instrument; ``estimated_fen`` is 0 where nothing is charged.
"""

from __future__ import annotations

import dataclasses
import enum

FACTS_SCHEMA = 1


class RoutePurpose(enum.StrEnum):
    """What the instrument is wanted for."""

    USE = "use"
    SAMPLE_RUN = "sample_run"
    TRAINING = "training"
    TEACHING = "teaching"
    MAINTENANCE = "maintenance"


class TermsRoute(enum.StrEnum):
    """Who is asked by the booking terms of the instrument, its facility or the school."""

    AUTO = "auto"
    MANAGER = "manager"
    PI = "pi"
    BOTH = "both"
    LAB_HEAD = "lab_head"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RouteFacts:
    """What a route is judged by. ``by_crew``: somebody of the crew books for the person; ``user_is_crew``:
    the person is of the crew.
    """

    purpose: RoutePurpose
    terms_route: TermsRoute
    by_crew: bool
    user_is_crew: bool
    external_user: bool
    touches_night: bool
    length_minutes: int
    minutes_ahead: int
    estimated_fen: int
    earlier_bookings: int
