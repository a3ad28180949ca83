"""What programs may hear of: public names, never renamed, and the facts of the house that lie behind them.

What is told is what the person may read through the interface anyway, as it is when the fact is handled: a
receiver that needs the present asks the interface.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.bookings.models import Booking
from apps.core.errors import Text
from apps.core.outbox import Payload


@dataclass(frozen=True)
class Matter:
    """Whom a happening concerns, on which instrument (primary keys), and what is told of it."""

    users: tuple[int, ...]
    instrument: int | None
    data: dict[str, Any]


@dataclass(frozen=True)
class Happening:
    """One thing that programs may hear of."""

    key: str
    fact: str
    label: Text
    matter: Callable[[Payload], Matter]


def _booking(payload: Payload) -> Matter:
    found = Booking.objects.select_related("instrument", "user", "fund").get(ulid=payload["booking"])
    data = {
        "booking": found.ulid,
        "asset_no": found.instrument.asset_no,
        "user": found.user.ulid,
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "state": found.state,
        "purpose": found.purpose,
        "estimated_fen": found.estimated_fen,
    }
    return Matter((found.user_id,), found.instrument_id, data)


_DECLARED = (
    Happening("booking.confirmed", "bookings.confirmed", _("A booking is confirmed"), _booking),
    Happening("booking.cancelled", "bookings.cancelled", _("A booking is cancelled"), _booking),
)
CATALOGUE: Mapping[str, Happening] = MappingProxyType({one.key: one for one in _DECLARED})
TEST = "webhook.test"  # what the button 'send a test' sends
