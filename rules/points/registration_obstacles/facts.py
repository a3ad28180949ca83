"""The facts of ``registration.obstacles``, schema version 1: what hangs on a person who is to leave.

It owns the schema only; the rooms where these things live count them.
"""

from __future__ import annotations

import dataclasses
import enum

FACTS_SCHEMA = 1


class StartedBy(enum.StrEnum):
    """Who asked that the registration ends; ``renewal``: it was not confirmed again."""

    SELF = "self"
    PI = "pi"
    OFFICE = "office"
    HR = "hr"
    RENEWAL = "renewal"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ObstacleFacts:
    """How much hangs on the person. ``urgent``: safety or misconduct, nothing waits. ``instruments_managed``
    counts those that have no other manager.
    """

    started_by: StartedBy
    urgent: bool
    running_sessions: int
    future_bookings: int
    samples_open: int
    unsettled_charges: int
    unsettled_fen: int
    instruments_managed: int
    groups_led: int
    posts_held: int
    open_steps: int
