"""How a free stretch becomes a link that fills the booking form in, how times of a day are told, and how a
place in line is said.
"""

from datetime import date, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.bookings.finder import Wanted
from apps.bookings.forms import suggested
from apps.bookings.models import Booking, Series
from apps.bookings.opening import clock_of
from apps.bookings.repeating import days_in
from apps.bookings.statewords import state_word
from apps.bookings.terms import in_words
from apps.core.clock import school_midnight, school_time
from apps.core.money import format_yuan
from apps.decisions.menders import label
from apps.instruments.models import Instrument

register = template.Library()
_TEENS = range(11, 14)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


class HasPeriod(Protocol):
    """A proposal, a verdict."""

    start: datetime
    end: datetime


@register.simple_tag
def slot_query(proposal: HasPeriod) -> str:
    """The query string of a proposal."""
    return urlencode(suggested(proposal.start, proposal.end))


@register.simple_tag
def period_query(period: HasPeriod) -> str:
    """The query string of a period."""
    return urlencode(suggested(period.start, period.end))


@register.simple_tag
def moving_url(booking: Booking, period: HasPeriod, instrument: Instrument | None = None) -> str:
    """Where a booking is moved to a period, or to another instrument: the form that changes it, filled in."""
    asked = suggested(period.start, period.end)
    if instrument is not None and instrument.pk != booking.instrument_id:
        asked["instrument"] = instrument.asset_no
    return f"{reverse('booking_change', args=[booking.ulid])}?{urlencode(asked)}"


@register.filter
def more_than(fen: int, booking: Booking) -> int:
    """What a price is more (negative: less) than what a booking was told to cost."""
    return fen - booking.estimated_fen


@register.filter
def price_change(more_fen: int) -> str:
    """What something costs more or less than before, in words."""
    if not more_fen:
        return _("the same price")
    told = {"amount": format_yuan(abs(more_fen))}
    return _("%(amount)s more") % told if more_fen > 0 else _("%(amount)s less") % told


@register.simple_tag
def stretch_query(start: datetime, end: datetime) -> str:
    """The query string of a stretch."""
    return urlencode(suggested(start, end))


@register.simple_tag
def waiting_query(wanted: Wanted) -> str:
    """The query string that fills the form for waiting in."""
    return urlencode({**suggested(wanted.start, wanted.end), "minutes": wanted.minutes})


@register.filter
def length_words(minutes: int) -> str:
    """A length of time in words."""
    return in_words(minutes)


@register.filter
def clock_on(moment: datetime, day: date) -> str:
    """A time of a day as the school's clock shows it; with the date where it lies on another day, 24:00 for
    the midnight that ends the day.
    """
    local = school_time(moment)
    if local.date() == day:
        return f"{local:%H:%M}"
    if (moment - school_midnight(day)).total_seconds() == DAY_S:
        return "24:00"
    return f"{local:%m-%d %H:%M}"


DAY_S = 86_400


@register.simple_tag
def window_query(start: datetime, end: datetime) -> str:
    """The query string of a window."""
    return urlencode(suggested(start, end))


@register.filter
def ordinal(place: int) -> str:
    """A place in line in the reader's language: '2nd', '第 2 位'."""
    if (get_language() or "").startswith("en"):
        ending = "th" if place % 100 in _TEENS else _ENDINGS.get(place % 10, "th")
        return f"{place}{ending}"
    return _("%(place)d in line") % {"place": place}


@register.filter
def mender(key: str) -> str:
    """Who can mend something, in words."""
    return label(key)


@register.inclusion_tag("bookings/state.html")
def booking_state(booking: Booking, now: datetime, *, with_risk: bool = True) -> dict[str, Any]:
    """The state of a booking: word, sign and, where the page does not tell it elsewhere, the risk."""
    return {"word": state_word(booking, now), "at_risk": with_risk and booking.is_at_risk}


@register.filter
def risks(booking: Booking) -> list[dict[str, str]]:
    """What speaks against a booking now, in the reader's language: words, code, mender."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    return [{"words": one[language], "code": one["code"], "mender": one["mender"]} for one in booking.at_risk]


@register.filter
def weekly(series: Series) -> str:
    """The weekdays and the time of day of a series, in the reader's language."""
    days = " ".join(str(WEEKDAYS_ABBR[day]) for day in days_in(series.weekdays))
    return f"{days} {clock_of(series.from_minute)}–{clock_of(series.until_minute)}"  # noqa: RUF001
