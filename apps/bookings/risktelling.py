# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Who hears that a booking is at risk, in order again, or costs something else: its person, and once a day
for each instrument and reason whoever can mend it, by name or by the office that they hold.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import override

from apps.bookings import noticekinds as kinds
from apps.bookings.models import Booking
from apps.bookings.telling import tell
from apps.core.clock import school_time
from apps.core.outbox import WORKER, Payload, subscribe
from apps.decisions.menders import label
from apps.instruments.models import CrewMember
from apps.instruments.queries import crew_of
from apps.notices.kinds import both
from apps.people.models import Post, User
from apps.people.roles import lab_heads, office_users, pi_of, post_holders, safety_officers

Menders = Callable[[Booking, datetime], Iterable[User]]


@subscribe("bookings.tell_risk", to="bookings.at_risk", channel=WORKER)
def tell_risk(payload: Payload, now: datetime) -> None:
    """What is new, while it is still so."""
    booking = _booking(payload)
    found = [one for one in booking.at_risk if one["code"] in payload["codes"]]
    if not found or not booking.is_at_risk or booking.at_risk_at is None:
        return
    tell(
        kinds.AT_RISK,
        booking.user,
        booking,
        now=now,
        url=reverse("booking_detail", args=[booking.ulid]),
        once=f"{booking.ulid}:{booking.at_risk_at:%Y%m%d%H%M%S}:{_digest(found)}",
        reasons=_reasons(found),
        menders=_menders(found),
    )
    for one in found:
        for person in _who_mends(booking, one["mender"], now):
            if person.pk != booking.user_id:
                _tell_mender(booking, person, one, now)


@subscribe("bookings.tell_mended", to="bookings.mended", channel=WORKER)
def tell_mended(payload: Payload, now: datetime) -> None:
    """Nothing speaks against it any more."""
    booking = _booking(payload)
    if not booking.is_at_risk and booking.state in Booking.LIVE:
        tell(
            kinds.MENDED,
            booking.user,
            booking,
            now=now,
            url=reverse("booking_detail", args=[booking.ulid]),
            once=f"{booking.ulid}:{now:%Y%m%d%H%M}",
        )


@subscribe("bookings.tell_price", to="bookings.price_changed", channel=WORKER)
def tell_price(payload: Payload, now: datetime) -> None:
    """Before the use, never after."""
    booking = _booking(payload)
    if booking.state in Booking.LIVE and booking.start > now:
        tell(
            kinds.PRICE_CHANGED,
            booking.user,
            booking,
            now=now,
            url=reverse("booking_detail", args=[booking.ulid]),
            once=f"{booking.ulid}:{payload['before']}:{payload['fen']}:{now:%Y%m%d}",
            before=payload["before"],
            fen=payload["fen"],
        )


def _tell_mender(booking: Booking, person: User, one: dict[str, Any], now: datetime) -> None:
    """Thirty bookings at risk by one outage are one thing to mend."""
    tell(
        kinds.TO_MEND,
        person,
        booking,
        now=now,
        url=reverse("instrument_detail", args=[booking.instrument.asset_no]),
        once=f"{booking.instrument.ulid}:{one['code']}:{school_time(now):%Y%m%d}",
        reasons=_reasons([one]),
    )


def _who_mends(booking: Booking, mender: str, now: datetime) -> Iterable[User]:
    """Whoever holds the office that the rule names; whoever uses it themselves ("self") was told already."""
    found = _MENDERS.get(mender)
    return found(booking, now) if found is not None else []


def _crew(role: str) -> Menders:
    def of(booking: Booking, now: datetime) -> Iterable[User]:
        crew = crew_of(booking.instrument, now).filter(role=role).select_related("user")
        return [member.user for member in crew]

    return of


def _pi(booking: Booking, now: datetime) -> Iterable[User]:
    return pi_of(booking.group, now) if booking.group is not None else []


_MENDERS: Mapping[str, Menders] = {
    "pi": _pi,
    "manager": _crew(CrewMember.Role.MANAGER),
    "operator": _crew(CrewMember.Role.OPERATOR),
    "trainer": _crew(CrewMember.Role.TRAINER),
    "lab_head": lambda booking, now: lab_heads(booking.instrument.unit, now),
    "safety_officer": lambda booking, now: safety_officers(booking.instrument.unit, now),
    "finance": lambda booking, now: post_holders(booking.instrument.unit, Post.Kind.FINANCE_OFFICER, now),
    "office": lambda _booking, now: office_users(now),
}


def _booking(payload: Payload) -> Booking:
    rows = Booking.objects.select_related("user", "instrument__unit", "group__pi")
    return rows.get(ulid=payload["booking"])


def _digest(found: Iterable[dict[str, Any]]) -> str:
    codes = ",".join(sorted(one["code"] for one in found))
    return hashlib.sha256(codes.encode()).hexdigest()[:12]


def _reasons(found: Iterable[dict[str, Any]]) -> dict[str, str]:
    return both("；".join(one["zh"] for one in found), "; ".join(one["en"] for one in found))


def _menders(found: Iterable[dict[str, Any]]) -> dict[str, str]:
    keys = list(dict.fromkeys(one["mender"] for one in found))
    with override("zh-hans"):
        zh = "、".join(label(key) for key in keys)
    with override("en"):
        return both(zh, ", ".join(label(key) for key in keys))
