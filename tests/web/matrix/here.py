"""Rows of the day of who runs an instrument, and of the page that its code leads to. Alice has a booking."""

from apps.usage.models import UsageRecord
from tests.web.matrix.bookings import booking
from tests.web.matrix.rows import (
    HIDDEN,
    ONLY_POST,
    SIGN_IN,
    SIGNED_IN,
    Answers,
    Arguments,
    Call,
    Calls,
    Exceptions,
    Statuses,
)
from tests.web.scene import Scene


def code(scene: Scene) -> dict[str, object]:
    """What the code on the FE-SEM holds."""
    return {"code": scene.people.sem.asset_no}


def held(scene: Scene) -> UsageRecord:
    """A use of Alice's whose measurement waits for a judgement, made once."""
    record = scene.once("held", lambda: scene.use(30))
    UsageRecord.objects.filter(pk=record.pk).update(held="usage.implausible", verdict="")
    return UsageRecord.objects.get(pk=record.pk)


ROUTES: dict[str, Statuses] = {
    "my_day": (SIGN_IN, 403, 403, 200, 403),
    "held_record": HIDDEN,
    "here": SIGNED_IN,
    "here_arrived": ONLY_POST,
    "here_on": ONLY_POST,
    "here_fault": SIGNED_IN,
    "instrument_code": (SIGN_IN, 403, 403, 200, 200),
}
ARGUMENTS: dict[str, Arguments] = {
    "held_record": lambda scene: {"ulid": held(scene).ulid},
    "here": code,
    "here_arrived": code,
    "here_on": code,
    "here_fault": code,
    "instrument_code": lambda scene: {"asset_no": scene.people.sem.asset_no},
}
ALSO: dict[str, Exceptions] = {"instrument_code": {"lin": 200}, "held_record": {"lin": 200}}
POSTS: dict[str, Statuses] = {
    "here_arrived": (SIGN_IN, 404, 302, 404, 404),
    # Everybody may let it ask: whether they may use it is the gate's answer.
    "here_on": (SIGN_IN, 302, 302, 302, 302),
}
API: dict[str, Answers] = {"POST /api/v1/bookings/{ulid}/check-in": (404, 200, 403, 404, 403)}
CALLS: dict[str, Calls] = {
    "POST /api/v1/bookings/{ulid}/check-in": lambda scene: Call(path=booking(scene)),
}
