"""Bookings as invitations by mail, for whoever wants them: each that is confirmed, and taken back when it is
cancelled, moved or handed over.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.bookings import noticekinds as kinds
from apps.bookings.models import Booking, InvitationWish
from apps.bookings.telling import tell
from apps.core import audit
from apps.core.outbox import WORKER, Payload, subscribe
from apps.notices.models import Notice
from apps.people.models import User
from apps.people.requirements import require_active


def wish_of(user: User) -> InvitationWish | None:
    """Since when the person wants invitations; None where they do not."""
    return InvitationWish.objects.filter(user=user, ended_at__isnull=True).first()


@transaction.atomic
def want_invitations(*, user: User, now: datetime) -> InvitationWish:
    """From now on each booking of theirs comes by mail; again is no change. What is booked already does not.
    Raises NotPermitted `people.not_active`.
    """
    require_active(user, now)
    known = wish_of(user)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            made = InvitationWish.objects.create(user=user, since=now)
    except IntegrityError:  # asked twice at once
        return InvitationWish.objects.get(user=user, ended_at__isnull=True)
    audit.record(action="bookings.want_invitations", object_ref=f"user:{user.ulid}", now=now, actor=user)
    return made


@transaction.atomic
def end_invitations(*, user: User, now: datetime) -> None:
    """No more of them; what was sent is still taken back when it is cancelled. Again is no change."""
    if InvitationWish.objects.filter(user=user, ended_at__isnull=True).update(ended_at=now):
        audit.record(action="bookings.end_invitations", object_ref=f"user:{user.ulid}", now=now, actor=user)


@subscribe("bookings.invite", to="bookings.confirmed", channel=WORKER)
def invite(payload: Payload, now: datetime) -> None:
    """Once for each booking, while it stands and the person wants it."""
    booking = _booking(payload)
    if booking.state != Booking.State.CONFIRMED or wish_of(booking.user) is None:
        return
    tell(
        kinds.INVITED,
        booking.user,
        booking,
        now=now,
        url=reverse("booking_detail", args=[booking.ulid]),
        once=booking.ulid,
        ref=booking.ulid,
    )


@subscribe("bookings.uninvite", to="bookings.cancelled", channel=WORKER)
def uninvite(payload: Payload, now: datetime) -> None:
    """Whoever was invited hears that it is off; nobody else."""
    booking = _booking(payload)
    invited = Notice.objects.filter(user=booking.user, dedupe=f"{kinds.INVITED.key}:{booking.ulid}")
    if booking.state != Booking.State.CANCELLED or not invited.exists():
        return
    tell(
        kinds.UNINVITED,
        booking.user,
        booking,
        now=now,
        url=reverse("booking_detail", args=[booking.ulid]),
        once=booking.ulid,
        ref=booking.ulid,
    )


def _booking(payload: Payload) -> Booking:
    return Booking.objects.select_related("user", "instrument").get(ulid=payload["booking"])
