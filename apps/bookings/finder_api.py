"""Free time on any of many instruments, for programs: the same as on the page."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from apps.bookings.choosing import Choice
from apps.bookings.finder import Hit, Wanted, find
from apps.core import clock
from apps.core.api import Asked, Moment, Told
from apps.people.views import viewer
from apps.tokens.auth import scoped

router = Router(tags=["bookings"])


class SlotsAsked(Asked):
    """So many minutes in a row in [start, end), 42 days at most, on any instrument that fits."""

    minutes: int = Field(120, ge=5, le=10_080)
    start: Moment
    end: Moment
    facility: str = Field("", max_length=26)
    lab: str = Field("", max_length=26, description="The ULID of a laboratory; its sub-labs count too")
    class6: str = Field("", max_length=6)
    text: str = Field("", max_length=80)
    certified: bool = True
    function: str = Field("", max_length=40, description="What a fee standard says that it is used for: SEM")
    hours: Literal["any", "day", "night"] = "any"
    days: Literal["any", "work", "off"] = "any"


class HitTold(Told):
    """The first time on an instrument. `lacks`: codes of what the person is missing for it. Money is in fen,
    null where nothing is charged or no price is known.
    """

    asset_no: str
    instrument_zh: str
    instrument_en: str
    start: datetime
    end: datetime
    price_fen: int | None
    lacks: list[str]


class SlotsTold(Told):
    """`hits`: where the person may use it first, the earliest first, 30 at most. When there is no such one:
    what is free in the two weeks after (`later`), and what is free in the period but shorter.
    """

    hits: list[HitTold]
    later: list[HitTold]
    shorter: list[HitTold]
    looked_at: int
    is_cut: bool


@router.get(
    "",
    response=SlotsTold,
    **scoped("instruments:read", _("Free time on any of many instruments")),
)
def free_slots(request: HttpRequest, asked: Query[SlotsAsked]) -> dict[str, Any]:
    """422 `bookings.minutes`, `bookings.period`, `bookings.period_long`."""
    user, now = viewer(request), clock.now()
    choice = Choice(asked.facility, asked.class6, asked.text, asked.certified, asked.function, asked.lab)
    wanted = Wanted(asked.minutes, max(asked.start, now), asked.end, choice, asked.hours, asked.days)
    found = find(wanted, user, now)
    return {
        "hits": [_told(hit) for hit in found.hits],
        "later": [_told(hit) for hit in found.later],
        "shorter": [_told(hit) for hit in found.shorter],
        "looked_at": found.looked_at,
        "is_cut": found.is_cut,
    }


def _told(hit: Hit) -> dict[str, Any]:
    return {
        "asset_no": hit.instrument.asset_no,
        "instrument_zh": hit.instrument.name_zh,
        "instrument_en": hit.instrument.name_en,
        "start": hit.start,
        "end": hit.end,
        "price_fen": hit.price.total_fen if hit.price else None,
        "lacks": list(hit.lacks),
    }
