"""What people who wait for time are told: that it is offered, why they were passed over, that it is over."""

from datetime import datetime

from django.urls import reverse

from apps.bookings import noticekinds as kinds
from apps.bookings.models import Booking, Waiting
from apps.notices.kinds import both
from apps.notices.operations import notify, settle


def tell_offered(row: Waiting, offer: Booking, now: datetime) -> None:
    """Time is kept for them until a moment."""
    assert offer.offered_until is not None  # noqa: S101 - an offer
    notify(
        user=row.user,
        kind=kinds.OFFERED.key,
        now=now,
        args={
            "instrument": _name(row),
            "start": offer.start.isoformat(),
            "end": offer.end.isoformat(),
            "until": offer.offered_until.isoformat(),
        },
        url=_page(row),
        case=_case(row),
        dedupe=f"offered:{offer.ulid}",
    )


def tell_lapsed(row: Waiting, offer: Booking, now: datetime) -> None:
    """They did not answer in time."""
    answered(row, now)
    notify(
        user=row.user,
        kind=kinds.OFFER_LAPSED.key,
        now=now,
        args={"instrument": _name(row), "start": offer.start.isoformat(), "end": offer.end.isoformat()},
        url=_page(row),
        dedupe=f"lapsed:{offer.ulid}",
    )


def tell_over(row: Waiting, now: datetime) -> None:
    """Nothing became free in their window."""
    notify(
        user=row.user,
        kind=kinds.WAITING_OVER.key,
        now=now,
        args={
            "instrument": _name(row),
            "start": row.earliest.isoformat(),
            "end": row.latest.isoformat(),
        },
        url=_page(row),
        dedupe=f"over:{row.ulid}",
    )


def tell_passed_over(row: Waiting, start: datetime, code: str, reason: dict[str, str], now: datetime) -> None:
    """Time that would have fitted could not be offered to them, and why, in both languages."""
    notify(
        user=row.user,
        kind=kinds.PASSED_OVER.key,
        now=now,
        args={"instrument": _name(row), "start": start.isoformat(), "reason": reason},
        url=_page(row),
        dedupe=f"passed:{row.ulid}:{start:%Y%m%d%H%M}:{code}",
    )


def answered(row: Waiting, now: datetime) -> None:
    """What the notice of an offer asked for is done."""
    settle(case=_case(row), now=now, user=row.user, kinds=(kinds.OFFERED.key,))


def _name(row: Waiting) -> dict[str, str]:
    return both(row.instrument.name_zh, row.instrument.name_en)


def _page(row: Waiting) -> str:
    return reverse("waiting_detail", args=[row.ulid])


def _case(row: Waiting) -> str:
    return f"waiting:{row.ulid}"
