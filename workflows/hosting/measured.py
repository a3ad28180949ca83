"""What was measured on one hosted instrument in a period. Reads only."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count, Sum

from apps.bookings.models import Booking
from apps.core.figures import Figure, FigureUnit, digest_of
from apps.usage.models import UsageRecord


def figures_of(instrument_id: int, start: datetime, end: datetime) -> Mapping[str, Figure]:
    """The hours, users and bookings of an instrument in [start, end). Four queries."""
    rows = UsageRecord.objects.filter(instrument_id=instrument_id, started_at__gte=start, started_at__lt=end)
    ids = list(rows.order_by("pk").values_list("ulid", flat=True))
    used = rows.aggregate(ms=Sum("effective_ms"), people=Count("user", distinct=True))
    booked = Booking.objects.filter(
        instrument_id=instrument_id, start__gte=start, start__lt=end, state=Booking.State.CONFIRMED
    )
    booking_ids = list(booked.order_by("pk").values_list("ulid", flat=True))
    found = (
        Figure(
            "effective_hours", FigureUnit.HOURS_MS, used["ms"] or 0, "usage.records", len(ids), digest_of(ids)
        ),
        Figure("users", FigureUnit.PEOPLE, used["people"], "usage.records", len(ids), digest_of(ids)),
        Figure(
            "bookings",
            FigureUnit.TIMES,
            len(booking_ids),
            "bookings.confirmed",
            len(booking_ids),
            digest_of(booking_ids),
        ),
    )
    return {one.key: one for one in found}
