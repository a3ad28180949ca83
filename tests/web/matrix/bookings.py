"""Rows of the bookings room. The booking is Alice's; the crew of its instrument may cancel it too."""

from datetime import timedelta

from apps.bookings.feeds import create_feed
from apps.bookings.models import Booking, PointAppeal, PointEntry
from apps.bookings.points import appeal, give_points
from tests.web.matrix.portal import sem
from tests.web.matrix.rows import (
    ANYBODY,
    EVERYBODY,
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
from tests.web.scene import HOUR, Scene


def booking(scene: Scene) -> dict[str, object]:
    """Alice's booking."""
    return {"ulid": scene.booking.ulid}


def points(scene: Scene) -> PointEntry:
    """Points of Alice's, given once."""
    give_points(booking=scene.booking, kind="late_cancel", points=1, now=scene.now)
    return PointEntry.objects.get(booking=scene.booking)


def appealed(scene: Scene) -> dict[str, object]:
    """Alice's appeal, made once."""
    entry = points(scene)
    found = PointAppeal.objects.filter(entry=entry).first()
    made = found or appeal(entry=entry, by=scene.people.alice, reason="ill", now=scene.now)
    return {"ulid": made.ulid}


def to_decide(scene: Scene) -> dict[str, object]:
    """Alice's appeal against points for an earlier booking: those of today she has not answered yet."""
    start = scene.now - timedelta(days=2)
    booking, _made = Booking.objects.get_or_create(
        instrument=scene.people.sem,
        user=scene.people.alice,
        start=start,
        end=start + HOUR,
        defaults={"state": Booking.State.CANCELLED, "requested_at": start, "cancelled_at": start},
    )
    give_points(booking=booking, kind="late_cancel", points=1, now=scene.now)
    entry = PointEntry.objects.get(booking=booking)
    found = PointAppeal.objects.filter(entry=entry).first()
    made = found or appeal(entry=entry, by=scene.people.alice, reason="ill", now=scene.now)
    return {"ulid": made.ulid}


def feed(scene: Scene) -> dict[str, object]:
    """An address of Alice's for the calendar of her own bookings."""
    alice = scene.people.alice
    if found := alice.calendar_feeds.filter(revoked_at__isnull=True).first():
        return {"ulid": found.ulid}
    made, _secret = create_feed(user=alice, instrument=None, language="en", by=alice, now=scene.now)
    return {"ulid": made.ulid}


def secret(scene: Scene) -> dict[str, object]:
    """The secret of Teng's calendar: whoever has it reads it, signed in or not."""
    teng = scene.people.teng
    _made, key = create_feed(user=teng, instrument=scene.people.sem, language="en", by=teng, now=scene.now)
    return {"secret": key}


ROUTES: dict[str, Statuses] = {
    "booking_invitations": ONLY_POST,
    "point_list": SIGNED_IN,
    "point_appeal": (SIGN_IN, 404, 200, 404, 404),
    "appeal_list": SIGNED_IN,
    "appeal_decide": HIDDEN,
    "booking_calendar": SIGNED_IN,
    "booking_ics": (SIGN_IN, 404, 200, 200, 200),
    "calendar_feed": EVERYBODY,
    "calendar_feed_create": ONLY_POST,
    "calendar_feed_renew": (SIGN_IN, 404, 200, 404, 404),
    "calendar_feed_revoke": (SIGN_IN, 404, 200, 404, 404),
    "booking_list": SIGNED_IN,
    "booking_create": SIGNED_IN,
    "booking_cancel": (SIGN_IN, 404, 200, 200, 200),
}
ARGUMENTS: dict[str, Arguments] = {
    "booking_create": sem,
    "booking_cancel": booking,
    "point_appeal": lambda scene: {"ulid": points(scene).ulid},
    "appeal_decide": appealed,
    "booking_ics": booking,
    "calendar_feed": secret,
    "calendar_feed_renew": feed,
    "calendar_feed_revoke": feed,
}
ALSO: dict[str, Exceptions] = {"appeal_decide": {"lin": 200}}
# Everybody may have an address for their own bookings; Alice has one here, so hers stays as it is.
POSTS: dict[str, Statuses] = {
    "calendar_feed_create": (SIGN_IN, 201, 409, 201, 201),
    "booking_invitations": (SIGN_IN, 302, 302, 302, 302),
}

API_ADMIN: dict[str, int] = {"POST /api/v1/invitations": 403}  # not registered, so not active
API: dict[str, Answers] = {
    "GET /api/v1/points": ANYBODY,
    "GET /api/v1/invitations": ANYBODY,
    "POST /api/v1/invitations": ANYBODY,
    "POST /api/v1/points/{ulid}/appeal": (404, 200, 404, 404, 404),
    "GET /api/v1/points/appeals": ANYBODY,
    "POST /api/v1/points/appeals/{ulid}/decide": (404, 404, 200, 404, 200),
    "GET /api/v1/bookings": ANYBODY,
    "GET /api/v1/bookings/free/{asset_no}": ANYBODY,
    "GET /api/v1/bookings/{ulid}": (404, 200, 200, 404, 200),
    "POST /api/v1/bookings/{ulid}/cancel": (404, 200, 200, 404, 200),
    # Everybody may ask; only Alice has the certificate and the fund that make it possible.
    "POST /api/v1/bookings": (422, 201, 422, 422, 422),
}


def wish(scene: Scene) -> Call:
    """The hour after Alice's booking, paid by her group."""
    start = scene.booking.end
    return Call(
        body={
            "asset_no": scene.people.sem.asset_no,
            "start": start.isoformat(),
            "end": (start + HOUR).isoformat(),
            "fund": scene.fund.number,
        }
    )


CALLS: dict[str, Calls] = {
    "POST /api/v1/invitations": lambda _scene: Call(body={"wanted": True}),
    "POST /api/v1/points/appeals/{ulid}/decide": lambda scene: Call(
        path=to_decide(scene), body={"uphold": True, "reason": "proven"}
    ),
    "POST /api/v1/points/{ulid}/appeal": lambda scene: Call(
        path={"ulid": points(scene).ulid}, body={"reason": "ill"}
    ),
    "GET /api/v1/bookings/free/{asset_no}": lambda scene: Call(path=sem(scene)),
    "GET /api/v1/bookings/{ulid}": lambda scene: Call(path=booking(scene)),
    "POST /api/v1/bookings/{ulid}/cancel": lambda scene: Call(path=booking(scene), body={}),
    "POST /api/v1/bookings": wish,
}
