"""Facts about proposed ends of uses become notices to whom they concern."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.bookings.models import Booking
from apps.core.outbox import WORKER, Payload, subscribe
from apps.notices.kinds import Kind, both
from apps.notices.operations import notify
from apps.people.models import User
from apps.usage import noticekinds as kinds
from apps.usage.awaiting import judges_of
from apps.usage.correcting import is_conflicted
from apps.usage.models import UsageCorrection

State = UsageCorrection.State


@subscribe("usage.tell_correction", to="usage.correction_changed", channel=WORKER)
def tell_correction(payload: Payload, now: datetime) -> None:
    """Who is asked hears of a proposal, and the person when it is somebody else's; both of its end."""
    found = _found(payload)
    state, why = payload["state"], found.why
    if state == State.OPEN:
        _tell_asked(found, now)
    elif state == State.CONFIRMED:
        _tell(kinds.CONFIRMED, _both_sides(found), found, now, why=why)
    elif state == State.REFUSED:
        _tell(kinds.REFUSED, _both_sides(found), found, now, why=why)
    elif state == State.EXPIRED:
        _tell(kinds.EXPIRED, _both_sides(found), found, now)


@subscribe("usage.tell_waiting", to="usage.correction_waits", channel=WORKER)
def tell_waiting(payload: Payload, now: datetime) -> None:
    """A reminder to whoever is asked; at the end of their time, those above them."""
    found = _found(payload)
    if found.state != State.OPEN:
        return
    above = payload["how"] == "escalated"
    asked = _judges(found, now, superior=above)
    _tell(
        kinds.WAITS,
        asked,
        found,
        now,
        once=payload["how"],
        name=_name(found.record.user or found.proposed_by),
        until=(found.expires_at if above else found.due_at).isoformat(),
    )


@subscribe("usage.tell_no_show_lifted", to="bookings.no_show_lifted", channel=WORKER)
def tell_no_show_lifted(payload: Payload, now: datetime) -> None:
    """The person hears that the points are gone, and why."""
    booking = Booking.objects.select_related("user", "instrument").get(ulid=payload["booking"])
    instrument = booking.instrument
    notify(
        user=booking.user,
        kind=kinds.NO_SHOW_LIFTED.key,
        now=now,
        args={
            "instrument": both(instrument.name_zh, instrument.name_en),
            "start": booking.start.isoformat(),
            "end": (booking.used_at or now).isoformat(),
        },
        url=reverse("point_list"),
        dedupe=f"{kinds.NO_SHOW_LIFTED.key}:{booking.ulid}",
    )


def _tell_asked(found: UsageCorrection, now: datetime) -> None:
    said: dict[str, Any] = {"name": _name(found.proposed_by), "reason": found.reason}
    person = found.record.user
    if person is not None and person.pk != found.proposed_by_id:
        _tell(kinds.PROPOSED, [person], found, now, **said)
    if found.state != State.OPEN:
        return
    # Where no manager may answer (the only one proposed it, or pays), those above are asked at once.
    asked = _judges(found, now, superior=False) or _judges(found, now, superior=True)
    _tell(kinds.ASKED, asked, found, now, **said, until=found.due_at.isoformat())


def _judges(found: UsageCorrection, now: datetime, *, superior: bool) -> list[User]:
    record = found.record
    barred = {record.user_id, found.proposed_by_id}
    judges = judges_of(record.instrument, now, superior=superior)
    return [one for one in judges if one.pk not in barred and not is_conflicted(record, one)]


def _both_sides(found: UsageCorrection) -> list[User]:
    sides = {found.proposed_by_id: found.proposed_by}
    if found.record.user is not None:
        sides[found.record.user.pk] = found.record.user
    return list(sides.values())


def _tell(
    kind: Kind, people: Iterable[User], found: UsageCorrection, now: datetime, *, once: str = "", **said: Any
) -> None:
    instrument = found.record.instrument
    for user in people:
        notify(
            user=user,
            kind=kind.key,
            now=now,
            args={
                "instrument": both(instrument.name_zh, instrument.name_en),
                "start": found.record.started_at.isoformat(),
                "end": found.ended_at.isoformat(),
                **said,
            },
            url=reverse("usage_correction", args=[found.ulid]),
            dedupe=f"{kind.key}:{found.ulid}:{once}",
        )


def _name(user: User) -> dict[str, str]:
    return both(user.name_zh, user.name_en)


def _found(payload: Payload) -> UsageCorrection:
    rows = UsageCorrection.objects.select_related(
        "record__instrument__facility", "record__user", "record__session__fund__group", "proposed_by"
    )
    return rows.get(ulid=payload["correction"])
