"""Facts about bookings become notices to whom they concern."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.bookings import noticekinds as kinds
from apps.bookings.models import Booking, PointAppeal, PointEntry
from apps.bookings.points import appeal_until
from apps.core.outbox import WORKER, Payload, subscribe
from apps.instruments.models import CrewMember
from apps.instruments.queries import crew_of
from apps.notices.kinds import Kind, both, in_both
from apps.notices.operations import notify
from apps.people.models import User


def tell(
    kind: Kind, user: User, booking: Booking, *, now: datetime, url: str, once: str, **said: Any
) -> None:
    """Tell somebody of a booking, once for each `once`."""
    instrument = booking.instrument
    notify(
        user=user,
        kind=kind.key,
        now=now,
        args={
            "instrument": both(instrument.name_zh, instrument.name_en),
            "start": booking.start.isoformat(),
            **said,
        },
        url=url,
        dedupe=f"{kind.key}:{once}",
    )


@subscribe("bookings.tell_points", to="bookings.points_given", channel=WORKER)
def tell_points(payload: Payload, now: datetime) -> None:
    """Somebody has points: how many, why, and the way to an appeal while there is one."""
    entry = PointEntry.objects.select_related("user", "booking__instrument").get(ulid=payload["entry"])
    tell(
        kinds.POINTS_GIVEN,
        entry.user,
        entry.booking,
        now=now,
        url=reverse("point_appeal", args=[entry.ulid]),
        once=entry.ulid,
        points=entry.points,
        why=in_both(PointEntry.Kind(entry.kind).label),
        until=appeal_until(entry).isoformat(),
    )


@subscribe("bookings.tell_no_show", to="bookings.no_show", channel=WORKER)
def tell_no_show(payload: Payload, now: datetime) -> None:
    """Nobody came; the person hears that the rest is gone."""
    booking = Booking.objects.select_related("user", "instrument").get(ulid=payload["booking"])
    tell(kinds.NO_SHOW, booking.user, booking, now=now, url=reverse("booking_list"), once=booking.ulid)


@subscribe("bookings.tell_agreed", to="bookings.confirmed", channel=WORKER)
def tell_agreed(payload: Payload, now: datetime) -> None:
    """Who had to wait for a yes hears of it; who booked at once has seen it."""
    booking = Booking.objects.select_related("user", "instrument").get(ulid=payload["booking"])
    if booking.route:
        tell(kinds.AGREED, booking.user, booking, now=now, url=reverse("booking_list"), once=booking.ulid)


@subscribe("bookings.tell_refused", to="bookings.refused", channel=WORKER)
def tell_refused(payload: Payload, now: datetime) -> None:
    """Somebody said no, or nobody said anything."""
    booking = Booking.objects.select_related("user", "instrument").get(ulid=payload["booking"])
    tell(
        kinds.REFUSED,
        booking.user,
        booking,
        now=now,
        url=reverse("booking_list"),
        once=booking.ulid,
        reason=booking.cancel_reason or "-",
    )


@subscribe("bookings.tell_appeal", to="bookings.appealed", channel=WORKER)
def tell_appeal(payload: Payload, now: datetime) -> None:
    """Whoever manages the instrument decides; nobody about themselves. What is decided already is told to
    nobody.
    """
    found = _appeal(payload)
    if found.state != PointAppeal.State.OPEN:
        return
    person, booking = found.entry.user, found.entry.booking
    managers = crew_of(booking.instrument, now).filter(role=CrewMember.Role.MANAGER)
    for member in managers.exclude(user=person).select_related("user"):
        tell(
            kinds.APPEALED,
            member.user,
            booking,
            now=now,
            url=reverse("appeal_decide", args=[found.ulid]),
            once=found.ulid,
            name=both(person.name_zh, person.name_en),
            reason=found.reason,
        )


@subscribe("bookings.tell_decision", to="bookings.appeal_decided", channel=WORKER)
def tell_decision(payload: Payload, now: datetime) -> None:
    """What became of the person's appeal, and why."""
    found = _appeal(payload)
    kind = kinds.APPEAL_UPHELD if payload["upheld"] else kinds.APPEAL_REJECTED
    entry = found.entry
    tell(
        kind,
        entry.user,
        entry.booking,
        now=now,
        url=reverse("point_list"),
        once=found.ulid,
        why=found.why,
    )


def _appeal(payload: Payload) -> PointAppeal:
    rows = PointAppeal.objects.select_related("entry__user", "entry__booking__instrument")
    return rows.get(ulid=payload["appeal"])
