"""Rows of booking terms and opening hours: the instrument's manager sets them, and whoever may manage it."""

from datetime import timedelta

from apps.core.clock import school_time
from tests.web.matrix.portal import sem
from tests.web.matrix.rows import (
    ANYBODY,
    CREW,
    SIGN_IN,
    Answers,
    Arguments,
    Call,
    Calls,
    Exceptions,
    Statuses,
)
from tests.web.scene import Scene


def facility(scene: Scene) -> dict[str, object]:
    """The facility of the FE-SEM."""
    return {"ulid": scene.people.sem.facility.ulid}


ROUTES: dict[str, Statuses] = {
    "booking_terms": CREW,
    "booking_terms_facility": (SIGN_IN, 403, 403, 403, 200),
}
ARGUMENTS: dict[str, Arguments] = {"booking_terms": sem, "booking_terms_facility": facility}
ALSO: dict[str, Exceptions] = {"booking_terms": {"lin": 200}, "booking_terms_facility": {"lin": 200}}

API: dict[str, Answers] = {
    "GET /api/v1/booking-terms/{asset_no}": ANYBODY,
    "GET /api/v1/booking-terms/{asset_no}/opening": ANYBODY,
    "GET /api/v1/booking-terms/{asset_no}/quotas": (403, 403, 200, 403, 200),
    "POST /api/v1/booking-terms/{asset_no}": (403, 403, 200, 403, 200),
    "POST /api/v1/booking-terms/{asset_no}/quotas": (403, 403, 200, 403, 200),
    "POST /api/v1/booking-terms/{asset_no}/opening": (403, 403, 200, 403, 200),
}


def week(scene: Scene) -> Call:
    """Round the clock on every kind of day, from tomorrow on."""
    tomorrow = school_time(scene.now).date() + timedelta(days=1)
    windows = [
        {"day_type": kind, "from_minute": 0, "until_minute": 1440}
        for kind in ("workday", "restday", "holiday")
    ]
    return Call(path=sem(scene), body={"since": tomorrow.isoformat(), "windows": windows})


CALLS: dict[str, Calls] = {
    "GET /api/v1/booking-terms/{asset_no}": lambda scene: Call(path=sem(scene)),
    "GET /api/v1/booking-terms/{asset_no}/opening": lambda scene: Call(path=sem(scene)),
    "GET /api/v1/booking-terms/{asset_no}/quotas": lambda scene: Call(path=sem(scene)),
    "POST /api/v1/booking-terms/{asset_no}/quotas": lambda scene: Call(
        path=sem(scene), body={"period": "week", "hours": 40}
    ),
    "POST /api/v1/booking-terms/{asset_no}": lambda scene: Call(path=sem(scene), body={"grid_minutes": 5}),
    "POST /api/v1/booking-terms/{asset_no}/opening": week,
}
