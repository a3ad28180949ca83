"""Facts about charges become notices to whom they concern."""

from datetime import datetime

from django.urls import reverse

from apps.billing import noticekinds as kinds
from apps.billing.models import BookingCharge, BookingRefund, Charge, SampleCharge
from apps.bookings.models import PointEntry
from apps.bookings.points import appeal_until
from apps.core.outbox import WORKER, Payload, subscribe
from apps.notices.kinds import both, in_both
from apps.notices.operations import notify


@subscribe("billing.tell_recharged", to="billing.recharged", channel=WORKER)
def tell_recharged(payload: Payload, now: datetime) -> None:
    """The person hears what the use costs now, where that is another sum."""
    rows = Charge.objects.select_related("record__user", "record__instrument", "fund", "replaces")
    charge = rows.get(ulid=payload["charge"])
    record, old = charge.record, charge.replaces
    if record.user is None or old is None or old.amount_fen == charge.amount_fen:
        return
    notify(
        user=record.user,
        kind=kinds.RECHARGED.key,
        now=now,
        args={
            "instrument": both(record.instrument.name_zh, record.instrument.name_en),
            "start": record.started_at.isoformat(),
            "fen": charge.amount_fen,
            "before": old.amount_fen,
            "fund": old.fund.number if old.fund else "-",
        },
        url=reverse("usage_list"),
        dedupe=f"{kinds.RECHARGED.key}:{charge.ulid}",
    )


@subscribe("billing.tell_samples_recharged", to="billing.samples_charged", channel=WORKER)
def tell_samples_recharged(payload: Payload, now: datetime) -> None:
    """Who handed samples in hears what they cost now, where a correction made that another sum."""
    rows = SampleCharge.objects.select_related("request__requester", "fund", "replaces")
    charge = rows.get(ulid=payload["charge"])
    request, old = charge.request, charge.replaces
    if old is None or old.amount_fen == charge.amount_fen:
        return
    notify(
        user=request.requester,
        kind=kinds.SAMPLES_RECHARGED.key,
        now=now,
        args={
            "number": request.number,
            "fen": charge.amount_fen,
            "before": old.amount_fen,
            "fund": charge.fund.number if charge.fund else "-",
        },
        url=reverse("sample_request", args=[request.ulid]),
        dedupe=f"{kinds.SAMPLES_RECHARGED.key}:{charge.ulid}",
    )


@subscribe("billing.tell_part_charged", to="billing.part_charged", channel=WORKER)
def tell_part_charged(payload: Payload, now: datetime) -> None:
    """What it cost that a booking was not kept, and the way to an appeal."""
    charge = _part(payload)
    entry, booking = charge.entry, charge.booking
    notify(
        user=entry.user,
        kind=kinds.PART_CHARGED.key,
        now=now,
        args={
            "instrument": both(booking.instrument.name_zh, booking.instrument.name_en),
            "start": booking.start.isoformat(),
            "fen": charge.amount_fen,
            "base": charge.base_fen,
            "per_mille": charge.per_mille,
            "why": in_both(PointEntry.Kind(entry.kind).label),
            "fund": charge.fund.number,
            "until": appeal_until(entry).isoformat(),
        },
        url=reverse("point_appeal", args=[entry.ulid]),
        dedupe=f"{kinds.PART_CHARGED.key}:{charge.ulid}",
    )


@subscribe("billing.tell_part_refunded", to="billing.part_refunded", channel=WORKER)
def tell_part_refunded(payload: Payload, now: datetime) -> None:
    """It went back, and why."""
    charge = _part(payload)
    booking = charge.booking
    notify(
        user=charge.entry.user,
        kind=kinds.PART_REFUNDED.key,
        now=now,
        args={
            "instrument": both(booking.instrument.name_zh, booking.instrument.name_en),
            "start": booking.start.isoformat(),
            "fen": charge.amount_fen,
            "why": in_both(BookingRefund.Why(payload["why"]).label),
            "fund": charge.fund.number,
        },
        url=reverse("usage_list"),
        dedupe=f"{kinds.PART_REFUNDED.key}:{charge.ulid}",
    )


def _part(payload: Payload) -> BookingCharge:
    rows = BookingCharge.objects.select_related("entry__user", "booking__instrument", "fund")
    return rows.get(ulid=payload["charge"])
