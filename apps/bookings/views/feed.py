"""What stands in a timetable, as JSON for the pages that draw it."""

from datetime import UTC, datetime, tzinfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from pydantic_core import to_json

from apps.bookings.choosing import Choice, chosen
from apps.bookings.feed import MOST_INSTRUMENTS, row_of, rows_of, told
from apps.core import clock
from apps.core.api import error_of
from apps.core.errors import Invalid, Refusal
from apps.people.views import viewer

_MOST_PAGES, _DIGITS = 10_000, 9


@never_cache
@require_safe
def booking_feed(request: HttpRequest) -> HttpResponse:
    """One instrument, or a page of 40 that fit the filters, in [start, end): moments with a time zone. A
    refusal is JSON too: 404 `bookings.no_instrument`, 422 `bookings.moment`, `bookings.period`,
    `bookings.period_long`.
    """
    user, now = viewer(request), clock.now()
    try:
        start, end = (moment_of(request, name) for name in ("start", "end"))
        asset_no = request.GET.get("instrument", "")
        if asset_no:
            rows = [row_of(asset_no, user, now)]
        else:
            first = (page_of(request) - 1) * MOST_INSTRUMENTS
            rows = rows_of(chosen(choice_of(request), user, now), user, now, first=first)
        answer = told(rows, user, start, end)
    except Refusal as refusal:
        return as_json(error_of(refusal), status=refusal.status)
    return as_json(answer)


def as_json(answer: object, *, status: int = 200) -> HttpResponse:
    """An answer to a script of ours."""
    return HttpResponse(to_json(answer), status=status, content_type="application/json")


def moment_of(request: HttpRequest, name: str, *, zone: tzinfo | None = None) -> datetime:
    """A moment with its time zone from the query; without one it is in `zone`, where that is given. Raises
    Invalid `bookings.moment`.
    """
    try:
        found = datetime.fromisoformat(request.GET.get(name, ""))
        found = found.replace(tzinfo=zone) if found.tzinfo is None else found
        if found.tzinfo is None or not 1970 <= found.year <= 9998:
            raise ValueError
    except ValueError:
        raise Invalid(
            _("This is not a moment with a time zone, like 2026-11-26T06:00:00Z."),
            code="bookings.moment",
            field=name,
        ) from None
    return found.astimezone(UTC)


def choice_of(request: HttpRequest) -> Choice:
    """The filters in a query; what is no filter does not count."""
    asked = request.GET
    return Choice(
        facility=asked.get("facility", "")[:26],
        class6=asked.get("class6", "")[:6],
        text=asked.get("q", "")[:80].replace("\0", ""),
        certified=asked.get("certified") == "1",
        lab=asked.get("lab", "")[:26],
    )


def page_of(request: HttpRequest) -> int:
    """The page in a query, 1 where it is none."""
    asked = request.GET.get("page", "1")
    sound = asked.isascii() and asked.isdigit() and len(asked) <= _DIGITS
    return min(max(int(asked), 1), _MOST_PAGES) if sound else 1
