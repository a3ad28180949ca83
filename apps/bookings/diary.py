"""Bookings as a calendar: which ones a feed holds, how each is told there, and by what a reader knows that
nothing has changed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.bookings.models import Booking, CalendarFeed
from apps.core import ics
from apps.core.clock import school_midnight, school_time
from apps.core.ics import Happening
from apps.instruments.models import Instrument, local_name
from apps.instruments.queries import outages_between
from apps.notices.queries import site

BACK, AHEAD = timedelta(days=30), timedelta(days=180)
MOST_AHEAD, MOST_BACK = 2000, 500  # bookings; what comes first counts most
MOST_OUTAGES = 200
REFRESH = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
_STATUS: dict[str, tuple[Literal["TENTATIVE", "CONFIRMED", "CANCELLED"], int]] = {
    Booking.State.REQUESTED: ("TENTATIVE", 0),
    Booking.State.CONFIRMED: ("CONFIRMED", 1),
    Booking.State.CANCELLED: ("CANCELLED", 2),
}


class Diary:
    """What a feed holds at a moment. Two queries, whatever it holds; one more for the outages of an
    instrument.
    """

    def __init__(self, feed: CalendarFeed, now: datetime) -> None:
        today = school_midnight(school_time(now).date())
        bookings = _bookings(feed, today, now)
        with translation.override(feed.language):
            self.name = _name(feed)
            self.happenings = [_told(one, to_crew=feed.instrument_id is not None) for one in bookings]
            if feed.instrument is not None:
                self.happenings += _outages(feed.instrument, today, now)
        self.language = feed.language
        self.etag = f'"{_digest(self.name, self.happenings)}"'
        # What it holds moves on at the school's midnight, and names change unseen: at least once a day, the
        # whole is read again also by who asks by date only. The format of the date knows whole seconds: up.
        changed = max([today, feed.created_at, *(one.changed for one in self.happenings)])
        self.modified = changed.replace(microsecond=0) + (_SECOND if changed.microsecond else timedelta())

    def written(self) -> bytes:
        """The calendar itself."""
        return ics.written(self.name, self.happenings, refresh=REFRESH)


def invitation(booking: Booking, *, to_crew: bool, language: str) -> bytes:
    """One booking as a file for anybody's calendar; with the person's name for the crew."""
    with translation.override(language):
        told = _told(booking, to_crew=to_crew)
    return ics.written(told.summary, [told], refresh=REFRESH)


def invitation_to(
    booking: Booking, *, to: tuple[str, str], language: str, method: Literal["REQUEST", "CANCEL"]
) -> str:
    """The same booking as an invitation by mail to its person: name and address. Its `UID` is that of the
    feed and the file, so that one calendar never shows it twice.
    """
    with translation.override(language):
        told = _told(booking, to_crew=False)
    organizer = parseaddr(settings.DEFAULT_FROM_EMAIL)
    meeting = ics.Meeting(method, organizer, to, told.changed)
    return ics.invitation(told, meeting).decode()


def _bookings(feed: CalendarFeed, today: datetime, now: datetime) -> list[Booking]:
    own = Q(user_id=feed.user_id) if feed.instrument_id is None else Q(instrument_id=feed.instrument_id)
    rows = Booking.objects.filter(own).select_related("instrument__facility", "user")
    coming = rows.filter(end__gt=now, start__lt=today + AHEAD).order_by("start", "id")
    past = rows.filter(end__lte=now, end__gt=today - BACK).order_by("-start", "-id")
    return [*reversed(past[:MOST_BACK]), *coming[:MOST_AHEAD]]


def _outages(instrument: Instrument, today: datetime, now: datetime) -> list[Happening]:
    """When an instrument is out of service. One whose end is not known lasts as far as the calendar goes. An
    outage keeps no moment of its change: who reads by `etag` sees it at once, who reads by date a day later.
    """
    page = f"{site()}{reverse('instrument_detail', args=[instrument.asset_no])}"
    found = outages_between(instrument.pk, today - BACK, today + AHEAD)[:MOST_OUTAGES]
    return [
        Happening(
            uid=f"{one.ulid}@{_host()}",
            start=one.starts_at,
            end=one.ends_at or today + AHEAD,
            summary=f"{_('Out of service')} · {instrument.name}",
            status="CONFIRMED",
            sequence=0,
            changed=min(one.starts_at, now),
            place=str(instrument.facility),
            words=local_name(one.reason_zh, one.reason_en),
            url=page,
        )
        for one in found
    ]


def _told(booking: Booking, *, to_crew: bool) -> Happening:
    status, sequence = _STATUS[booking.state]
    what = [str(booking.instrument.name)]
    if to_crew:
        what.append(booking.user.display_name)
    if booking.purpose != Booking.Purpose.USE:
        what.append(str(booking.get_purpose_display()))
    page = reverse("instrument_detail", args=[booking.instrument.asset_no])
    return Happening(
        uid=f"{booking.ulid}@{_host()}",
        start=booking.start,
        end=booking.end,
        summary=" · ".join(what),
        status=status,
        sequence=sequence,
        changed=max(
            moment
            for moment in (booking.requested_at, booking.confirmed_at, booking.cancelled_at)
            if moment is not None
        ),
        place=str(booking.instrument.facility),
        words=f"{_('Asset number')}: {booking.instrument.asset_no}",
        url=f"{site()}{page}",
    )


def _host() -> str:
    return urlsplit(site()).hostname or "localhost"


def _name(feed: CalendarFeed) -> str:
    if feed.instrument is None:
        return _("My instrument bookings")
    return _("Bookings of %(instrument)s") % {"instrument": feed.instrument.name}


def _digest(name: str, happenings: Iterable[Happening]) -> str:
    """Of all that is told: as long as it is the same, so is what is written."""
    whole = hashlib.sha256(name.encode())
    for one in happenings:
        whole.update(repr(astuple(one)).encode(errors="backslashreplace"))
    return whole.hexdigest()[:32]
