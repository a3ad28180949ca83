"""How a free stretch becomes a link that fills the booking form in, and how times of a day are told."""

from datetime import date, datetime
from typing import Protocol
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from apps.bookings.forms import suggested
from apps.bookings.models import Booking
from apps.core.clock import school_midnight, school_time

register = template.Library()


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
def moving_url(booking: Booking, period: HasPeriod) -> str:
    """Where a booking is moved to a period: the booking form of its instrument, filled in."""
    return f"{reverse('booking_create', args=[booking.instrument.asset_no])}?{period_query(period)}"


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
