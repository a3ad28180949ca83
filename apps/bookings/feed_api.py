"""What stands in a timetable, for programs: the same as on the pages."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from apps.bookings.choosing import Choice, chosen
from apps.bookings.feed import MOST_INSTRUMENTS, row_of, rows_of, told
from apps.core import clock
from apps.core.api import Asked, Moment, Told
from apps.people.views import viewer
from apps.tokens.auth import scoped

router = Router(tags=["bookings"])


class TimetableAsked(Asked):
    """One instrument, or those that fit: 40 a page, by asset number. [start, end) is at most 42 days."""

    start: Moment
    end: Moment
    instrument: str = Field("", max_length=20)
    facility: str = Field("", max_length=26)
    lab: str = Field("", max_length=26, description="The ULID of a laboratory; its sub-labs count too")
    class6: str = Field("", max_length=6)
    text: str = Field("", max_length=80)
    certified: bool = False
    page: int = Field(1, ge=1, le=10_000)


class RowTold(Told):
    """An instrument of the timetable."""

    asset_no: str
    name: str
    facility: str


class ItemTold(Told):
    """Something that takes the time [start, end) of an instrument. `title` and `detail` are in the reader's
    language; `pending`: asked for and not confirmed; `offered`: to who waits first; `ulid`: of a booking that
    the reader may open.
    """

    instrument: str
    start: datetime
    end: datetime
    kind: Literal["mine", "taken", "block", "session", "outage"]
    title: str
    detail: str = ""
    pending: bool = False
    offered: bool = False
    ulid: str | None = None


class ClosedTold(Told):
    """When instruments are closed."""

    instruments: list[str]
    periods: list[tuple[datetime, datetime]]


class KeptTold(Told):
    """When the owner of a hosted instrument comes first: others may book from `others_hours` before, or never
    (0).
    """

    instruments: list[str]
    periods: list[tuple[datetime, datetime]]
    title: str
    others_hours: int


class TimetableTold(Told):
    """What takes the time of the instruments."""

    instruments: list[RowTold]
    items: list[ItemTold]
    closed: list[ClosedTold]
    kept: list[KeptTold]


@router.get(
    "",
    response=TimetableTold,
    **scoped("instruments:read", _("When instruments are booked, closed or out of service")),
)
def timetable(request: HttpRequest, asked: Query[TimetableAsked]) -> dict[str, Any]:
    """Of others' bookings only the group is told; the crew of an instrument reads who. 404
    `bookings.no_instrument`; 422 `bookings.period`, `bookings.period_long`.
    """
    user, now = viewer(request), clock.now()
    if asked.instrument:
        rows = [row_of(asked.instrument, user, now)]
    else:
        choice = Choice(asked.facility, asked.class6, asked.text, asked.certified, lab=asked.lab)
        first = (asked.page - 1) * MOST_INSTRUMENTS
        rows = rows_of(chosen(choice, user, now), user, now, first=first)
    return told(rows, user, asked.start, asked.end)
