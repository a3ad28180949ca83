"""Stored examples of ``booking.cancellation``: situations with the answer that every version should still
give.
"""

from __future__ import annotations

from rules.points.booking_cancellation.outcomes import (
    FREE,
    LATE,
    LATE_CHARGED,
    NO_SHOW,
    NO_SHOW_CHARGED,
    REFUSED_OVER,
)
from rules.rows import Example

# Somebody gives back an own use, a day ahead.
GOOD: dict[str, object] = {
    "purpose": "use",
    "cancelled_by": "user",
    "minutes_to_start": 1440,
    "late_minutes": 120,
    "is_late": False,
    "is_over": False,
    "used": False,
    "instrument_out": False,
    "earlier_late": 0,
    "minutes_since_booked": 2880,
    "mistake_minutes": 15,
    "is_mistake": False,
    "no_show": False,
    "grace_minutes": 30,
    "instrument_offline": False,
    "instrument_taken": False,
    "estimated_fen": 52_000,
    "late_per_mille": 0,
    "no_show_per_mille": 0,
}
_LATE: dict[str, object] = {"minutes_to_start": 30, "is_late": True}
_ABSENT: dict[str, object] = {
    "cancelled_by": "system",
    "minutes_to_start": -30,
    "is_late": True,
    "no_show": True,
}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


EXAMPLES: tuple[Example, ...] = (
    Example("a day ahead", situation(), FREE, ()),
    Example("a day ahead after late ones", situation(earlier_late=3), FREE, ()),
    Example("half an hour ahead", situation(**_LATE), LATE, ("cancellation.late",)),
    Example("late again", situation(**_LATE, earlier_late=2), LATE, ("cancellation.late_again",)),
    Example(
        "begun and never used",
        situation(minutes_to_start=-5, is_late=True),
        LATE,
        ("cancellation.late",),
    ),
    Example(
        "the rest of a use is given back",
        situation(minutes_to_start=-60, is_late=True, used=True),
        FREE,
        ("cancellation.used",),
    ),
    Example(
        "the instrument broke down",
        situation(**_LATE, instrument_out=True),
        FREE,
        ("cancellation.instrument_out",),
    ),
    Example(
        "the crew cancels for the user",
        situation(**_LATE, cancelled_by="crew"),
        FREE,
        ("cancellation.by_others",),
    ),
    Example(
        "the registration ended",
        situation(**_LATE, cancelled_by="system"),
        FREE,
        ("cancellation.by_others",),
    ),
    Example(
        "a course is called off",
        situation(**_LATE, purpose="teaching"),
        FREE,
        ("cancellation.for_others",),
    ),
    Example(
        "booked by mistake",
        situation(**_LATE, minutes_since_booked=3, is_mistake=True),
        FREE,
        ("cancellation.mistake",),
    ),
    Example("nobody came", situation(**_ABSENT), NO_SHOW, ("cancellation.no_show",)),
    Example(
        "late, and a part of the fee is asked",
        situation(**_LATE, late_per_mille=200),
        LATE_CHARGED,
        ("cancellation.late_charged",),
    ),
    Example(
        "late, and nothing is held for it",
        situation(**_LATE, late_per_mille=200, estimated_fen=0),
        LATE,
        ("cancellation.late",),
    ),
    Example(
        "nobody came, and a part of the fee is asked",
        situation(**_ABSENT, no_show_per_mille=500),
        NO_SHOW_CHARGED,
        ("cancellation.no_show_charged",),
    ),
    Example(
        "by mistake, where late ones are charged",
        situation(**_LATE, late_per_mille=200, is_mistake=True),
        FREE,
        ("cancellation.mistake",),
    ),
    Example(
        "nobody could log on",
        situation(**_ABSENT, instrument_offline=True),
        FREE,
        ("cancellation.instrument_offline",),
    ),
    Example(
        "the one before did not leave",
        situation(**_ABSENT, instrument_taken=True),
        FREE,
        ("cancellation.instrument_taken",),
    ),
    Example(
        "over",
        situation(minutes_to_start=-180, is_late=True, is_over=True, used=True),
        REFUSED_OVER,
        ("cancellation.over",),
    ),
)
