"""Rows of waiting lists: Bob waits for Alice's time and it is offered to him; the crew sees who waits, and
only Bob answers.
"""

from datetime import timedelta

from apps.bookings.models import Waiting
from apps.bookings.offering import serve
from apps.bookings.operations import book, cancel_booking
from apps.bookings.waiting import join_waiting
from tests.factories.queueing import certified
from tests.web.matrix.portal import sem
from tests.web.matrix.rows import (
    ANYBODY,
    CREW,
    SIGN_IN,
    SIGNED_IN,
    Answers,
    Arguments,
    Call,
    Calls,
    Exceptions,
    Statuses,
)
from tests.web.scene import HOUR, Scene

DAY = timedelta(days=1)


def row(scene: Scene) -> Waiting:
    """Alice's place in line, and the time that is offered to her: Bob gave it back."""
    alice, sem_, now = scene.people.alice, scene.people.sem, scene.now
    found = Waiting.objects.filter(user=alice).first()
    if found is not None:
        return found
    certified(scene.people, scene.people.bob, now)
    start = scene.booking.end + 2 * DAY
    taken = book(
        user=scene.people.bob,
        start=start,
        end=start + HOUR,
        by=None,
        instrument=sem_,
        fund=scene.fund,
        now=now,
    )
    made = join_waiting(
        user=alice,
        earliest=start,
        latest=start + HOUR,
        minutes=60,
        by=alice,
        instrument=sem_,
        fund=scene.fund,
        now=now,
    )
    cancel_booking(booking=taken, by=None, now=now)
    serve(instrument=sem_, now=now, book=book)
    return made


def place(scene: Scene) -> dict[str, object]:
    """The number of Alice's place in line."""
    return {"ulid": row(scene).ulid}


ROUTES: dict[str, Statuses] = {
    "waiting_join": SIGNED_IN,
    "waiting_mine": SIGNED_IN,
    "waiting_detail": (SIGN_IN, 404, 200, 200, 200),
    "waiting_leave": (SIGN_IN, 404, 200, 200, 200),
    "waiting_list": CREW,
}
ARGUMENTS: dict[str, Arguments] = {
    "waiting_join": sem,
    "waiting_detail": place,
    "waiting_leave": place,
    "waiting_list": sem,
}
ALSO: dict[str, Exceptions] = {"waiting_list": {"olga": 200, "lin": 200}}

API: dict[str, Answers] = {
    "GET /api/v1/waiting": ANYBODY,
    "GET /api/v1/waiting/{ulid}": (404, 200, 200, 404, 200),
    "GET /api/v1/waiting/instruments/{asset_no}": (403, 403, 200, 403, 200),
    # Everybody may ask; only Alice has the certificate and the fund that make it possible.
    "POST /api/v1/waiting": (422, 201, 422, 422, 422),
    "POST /api/v1/waiting/{ulid}/accept": (404, 200, 403, 404, 403),
    "POST /api/v1/waiting/{ulid}/decline": (404, 200, 403, 404, 403),
    "POST /api/v1/waiting/{ulid}/leave": (404, 200, 200, 404, 200),
}


def wish(scene: Scene) -> Call:
    """The last hour of the time that is booked now."""
    start = scene.booking.end - HOUR
    return Call(
        body={
            "asset_no": scene.people.sem.asset_no,
            "earliest": start.isoformat(),
            "latest": (start + HOUR).isoformat(),
            "minutes": 60,
            "fund": scene.fund.number,
        }
    )


CALLS: dict[str, Calls] = {
    "GET /api/v1/waiting/instruments/{asset_no}": lambda scene: Call(path=sem(scene)),
    "GET /api/v1/waiting/{ulid}": lambda scene: Call(path=place(scene)),
    "POST /api/v1/waiting": wish,
    "POST /api/v1/waiting/{ulid}/accept": lambda scene: Call(path=place(scene), body={}),
    "POST /api/v1/waiting/{ulid}/decline": lambda scene: Call(path=place(scene)),
    "POST /api/v1/waiting/{ulid}/leave": lambda scene: Call(path=place(scene), body={}),
}
