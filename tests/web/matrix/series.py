"""Rows of bookings that repeat: a series of Alice's on Tuesdays of December."""

from datetime import date

from apps.bookings.models import Series
from apps.bookings.repeating import Pattern, mask_of
from apps.bookings.series import make_series
from tests.web.matrix.portal import sem
from tests.web.matrix.rows import ANYBODY, SIGN_IN, SIGNED_IN, Answers, Arguments, Call, Calls, Statuses
from tests.web.scene import Scene

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 15)


def series(scene: Scene) -> Series:
    """Alice's three Tuesdays, made once."""
    alice = scene.people.alice
    found = Series.objects.filter(user=alice).first()
    return found or make_series(
        user=alice,
        instrument=scene.people.sem,
        purpose="use",
        fund=scene.fund,
        pattern=Pattern(mask_of([1]), 600, 660, FIRST, LAST),
        by=alice,
        now=scene.now,
    )


def asked(scene: Scene) -> Call:
    """Three Wednesdays."""
    return Call(
        body={
            "asset_no": scene.people.sem.asset_no,
            "weekdays": [3],
            "from_minute": 600,
            "until_minute": 660,
            "first_day": FIRST.isoformat(),
            "last_day": "2026-12-16",
        }
    )


def paid(scene: Scene) -> Call:
    """The same, paid by Alice's group."""
    return Call(body={**asked(scene).body, "fund": scene.fund.number})


ROUTES: dict[str, Statuses] = {
    "series_create": SIGNED_IN,
    "series_mine": SIGNED_IN,
    "series_detail": (SIGN_IN, 404, 200, 200, 200),
}
ARGUMENTS: dict[str, Arguments] = {
    "series_create": sem,
    "series_detail": lambda scene: {"ulid": series(scene).ulid},
}

API: dict[str, Answers] = {
    "GET /api/v1/series": ANYBODY,
    "GET /api/v1/series/{ulid}": (404, 200, 200, 404, 200),
    "POST /api/v1/series/preview": ANYBODY,
    # Everybody may ask; only Alice has the certificate and the fund that make it possible.
    "POST /api/v1/series": (422, 201, 422, 422, 422),
    "POST /api/v1/series/{ulid}/stop": (404, 200, 200, 404, 200),
}
CALLS: dict[str, Calls] = {
    "GET /api/v1/series/{ulid}": lambda scene: Call(path={"ulid": series(scene).ulid}),
    "POST /api/v1/series/preview": asked,
    "POST /api/v1/series": paid,
    "POST /api/v1/series/{ulid}/stop": lambda scene: Call(
        path={"ulid": series(scene).ulid}, body={"from_day": FIRST.isoformat()}
    ),
}
