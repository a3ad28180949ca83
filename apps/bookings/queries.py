"""Questions about bookings: what is taken, what is free, what is mine. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.bookings.models import Booking
from apps.bookings.opening import opening_of
from apps.core.errors import NotFound
from apps.core.periods import overlaps
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage, outages_between
from apps.people.models import User
from apps.training.queries import guided_between


@dataclass(frozen=True)
class Slot:
    """A free stretch of time, [start, end)."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def live_between(instrument_id: int, start: datetime, end: datetime) -> QuerySet[Booking]:
    """Live bookings of an instrument that meet [start, end), with their people, the earliest first."""
    live = Booking.objects.filter(overlaps(start, end), instrument_id=instrument_id, state__in=Booking.LIVE)
    return live.select_related("user").order_by("start")


def my_bookings(user: User) -> QuerySet[Booking]:
    """All bookings of a user with instrument, facility and fund, the latest start first. What is only offered
    to them is none.
    """
    return (
        user.bookings.filter(offered_until__isnull=True)
        .select_related("instrument__facility", "fund")
        .order_by("-start", "-id")
    )


def upcoming(user: User, at: datetime) -> QuerySet[Booking]:
    """The user's live bookings that are not over, the next first. What is only offered to them is none."""
    live = user.bookings.filter(state__in=Booking.LIVE, end__gt=at, offered_until__isnull=True)
    return live.select_related("instrument__facility", "fund").order_by("start")


def booking_for(user: User, ulid: str, at: datetime) -> Booking:
    """A booking for its person or the instrument's crew. Raises NotFound `bookings.not_found` for everybody
    else, whether or not there is one.
    """
    found = (
        Booking.objects.select_related("instrument__facility", "user", "hold", "fund")
        .filter(ulid=ulid)
        .first()
    )
    if found is None or (found.user_id != user.pk and not may_manage(user, found.instrument, at)):
        raise NotFound(_("There is no such booking."), code="bookings.not_found")
    return found


def free_slots(
    instrument: Instrument,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    at_least: timedelta = timedelta(minutes=15),
) -> list[Slot]:
    """The free stretches of [start, end) that lie ahead of `now`: open, and no live booking, outage or guided
    session in them.

    Stretches shorter than `at_least` are left out. Four queries, five where opening hours are set.
    """
    busy = [(b.start, b.end) for b in live_between(instrument.pk, start, end)]
    busy += [(o.starts_at, o.ends_at or end) for o in outages_between(instrument.pk, start, end)]
    busy += [(g.starts_at, g.ends_at) for g in guided_between(instrument.pk, start, end)]
    busy += opening_of(instrument, start, end).closed(start, end)
    return complement(busy, max(start, now), end, at_least=at_least)


def complement(
    busy: list[tuple[datetime, datetime]], start: datetime, end: datetime, *, at_least: timedelta
) -> list[Slot]:
    """What the busy periods, in any order and overlapping at will, leave of [start, end)."""
    free = []
    edge = start
    for first, last in [*sorted(busy), (end, end)]:
        stop = min(first, end)
        if stop - edge >= at_least and stop > edge:
            free.append(Slot(edge, stop))
        edge = max(edge, last)
    return free
