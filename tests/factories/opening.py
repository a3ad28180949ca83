"""Instruments at another level of opening, reached as everybody reaches it: by the ladder."""

from datetime import datetime

from apps.instruments.ladder import Standing
from apps.instruments.models import Instrument
from apps.instruments.opening import note_self_test, open_level
from apps.people.models import User


def everything_there(instrument: Instrument, **changes: object) -> Standing:
    """Nothing is missing for an instrument."""
    facts: dict[str, object] = {
        "score": 100,
        "scores": (0, 0, 0, 0, 0, 0),
        "managed": True,
        "in_service": True,
        "not_open": False,
        "service_modes": instrument.service_modes,
        "priced": True,
        "hours": True,
        "access_node": instrument.access_node,
        "self_tested": True,
    }
    return Standing(**{**facts, **changes})  # type: ignore[arg-type]  # the names are those of the facts


def at_level(instrument: Instrument, level: int, now: datetime, by: User | None = None) -> Instrument:
    """The instrument at a level: lowered with a reason, or raised with everything there."""
    instrument.refresh_from_db()
    if level > instrument.opening_level:
        note_self_test(instrument=instrument, dev="made", node=1, ok=True, now=now)
    open_level(
        instrument=instrument,
        level=level,
        by=by,
        now=now,
        reason="made",
        standing=everything_there(instrument),
    )
    return instrument
