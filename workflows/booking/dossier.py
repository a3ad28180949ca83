"""What those who are asked about a booking see: who, what, when, what it costs, and how the person has used
the instrument so far.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.bookings.models import Booking
from apps.bookings.points import counting_entries
from apps.training.models import Certificate
from apps.training.queries import level_of
from apps.usage.queries import my_usage

_MS_PER_MINUTE = 60_000


def sections(booking: Booking, now: datetime) -> Sequence[Mapping[str, Any]]:
    """The request in words, and the person's history."""
    return [_request(booking), _history(booking, now)]


def _request(booking: Booking) -> Mapping[str, Any]:
    instrument, user = booking.instrument, booking.user
    minutes = int((booking.end - booking.start).total_seconds()) // 60
    rows: list[dict[str, Any]] = [
        {"label": _("Person"), "value": f"{user.name_zh} ({user.username})"},
        {"label": _("Instrument"), "value": f"{instrument.name_zh} ({instrument.asset_no})"},
        {"label": _("From"), "value": booking.start.isoformat(), "type": "datetime"},
        {"label": _("Until"), "value": booking.end.isoformat(), "type": "datetime"},
        {"label": _("Length"), "value": minutes, "type": "hours"},
        {"label": _("Estimated price"), "value": booking.estimated_fen, "type": "money"},
    ]
    if booking.group is not None:
        rows.append({"label": _("Research group"), "value": booking.group.name_zh})
    if booking.fund is not None:
        rows.append({"label": _("Paid from"), "value": booking.fund.number})
    return {"title": _("Booking"), "rows": rows}


def _history(booking: Booking, now: datetime) -> Mapping[str, Any]:
    instrument, user = booking.instrument, booking.user
    past = Booking.objects.filter(user=user, instrument=instrument, end__lte=now)
    used = my_usage(user).filter(instrument=instrument).values_list("powered_ms", flat=True)
    level = level_of(user, instrument, now)
    words = str(Certificate.Level(level).value) if level in Certificate.Level.values else _("none")
    points = sum(entry.points for entry in counting_entries(user, now))
    return {
        "title": _("This person on the instrument so far"),
        "rows": [
            {"label": _("Certificate level"), "value": words, "type": "choice"},
            {"label": _("Uses"), "value": len(used)},
            {"label": _("Time used"), "value": sum(used) // _MS_PER_MINUTE, "type": "hours"},
            {
                "label": _("Did not come"),
                "value": Booking.objects.filter(
                    user=user, instrument=instrument, no_show_at__isnull=False, used_at__isnull=True
                ).count(),
            },
            {"label": _("Past bookings"), "value": past.exclude(state=Booking.State.CANCELLED).count()},
            {"label": _("Points that count now"), "value": points},
        ],
    }
