"""Stored examples of ``registration.obstacles``."""

from __future__ import annotations

from rules.points.registration_obstacles.rows import BLOCKED, CLEAR, HAND_OVER
from rules.rows import Example

FREE: dict[str, object] = {
    "urgent": False,
    "running_sessions": 0,
    "future_bookings": 0,
    "samples_open": 0,
    "unsettled_charges": 0,
    "unsettled_fen": 0,
    "instruments_managed": 0,
    "groups_led": 0,
    "posts_held": 0,
    "open_steps": 0,
}


def situation(started_by: str, **changes: object) -> dict[str, object]:
    """Somebody on whom nothing hangs, with some facts changed, in JSON form."""
    return {"started_by": started_by, **FREE, **changes}


def _example(name: str, outcome: str, code: str, started_by: str, **changes: object) -> Example:
    return Example(name, situation(started_by, **changes), outcome, (code,) if code else ())


EXAMPLES: tuple[Example, ...] = (
    *(
        _example(f"nothing hangs on them, asked by {who}", CLEAR, "obstacles.none", who)
        for who in ("self", "pi", "office", "hr")
    ),
    _example("bookings ahead hold up nobody", CLEAR, "obstacles.none", "self", future_bookings=3),
    _example("urgent whatever hangs on them", CLEAR, "obstacles.urgent", "office", urgent=True, groups_led=2),
    _example(
        "own unsettled charges", BLOCKED, "obstacles.bills", "self", unsettled_charges=2, unsettled_fen=900
    ),
    _example("own samples", BLOCKED, "obstacles.samples", "self", samples_open=1),
    _example("own use under way", BLOCKED, "obstacles.session", "self", running_sessions=1),
    _example("a use under way of somebody who left", CLEAR, "obstacles.none", "hr", running_sessions=1),
    _example(
        "charges of somebody who left",
        HAND_OVER,
        "obstacles.bills_left",
        "hr",
        unsettled_charges=2,
        unsettled_fen=900,
    ),
    _example("the only manager", HAND_OVER, "obstacles.instruments", "self", instruments_managed=1),
    _example("a principal investigator", HAND_OVER, "obstacles.groups", "hr", groups_led=1),
    _example("a safety officer", HAND_OVER, "obstacles.posts", "office", posts_held=1),
    _example("open tasks", HAND_OVER, "obstacles.steps", "hr", open_steps=4),
    _example("samples of somebody who left", HAND_OVER, "obstacles.samples_left", "pi", samples_open=1),
    _example("nobody knows who asked", HAND_OVER, "", "unknown"),
)
