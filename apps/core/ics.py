"""Calendars as other programs read them: iCalendar (RFC 5545). Pure: what happens in, bytes out. Lines are
folded at 75 octets and end with CRLF, times are UTC, and no text breaks out of its line.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText

MEDIA_TYPE = "text/calendar; charset=utf-8"
_PRODUCT = "-//Clearbench//Bookings//EN"
_LONGEST = 1000  # characters of one text: nobody reads more in a calendar
_BREAKS = {"\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\r"}


@dataclass(frozen=True)
class Happening:
    """Something in [start, end). `uid` stays for as long as it is the same thing; `sequence` grows with every
    change of it; `changed` is when it last did (RFC 5545, 3.8.7.2: the stamp of a calendar without a method).
    """

    uid: str
    start: datetime
    end: datetime
    summary: str
    status: Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]
    sequence: int
    changed: datetime
    place: str = ""
    words: str = ""
    url: str = ""


@dataclass(frozen=True)
class Meeting:
    """An invitation (RFC 5546): a `method`, whoever invites and whoever is invited, as names and addresses of
    mail. `stamp` is when this message was written.
    """

    method: Literal["REQUEST", "CANCEL"]
    organizer: tuple[str, str]
    attendee: tuple[str, str]
    stamp: datetime


class _Text(vText):
    """Text escaped here (RFC 5545, 3.3.11): the library takes a backslash before an N for a line break, and
    escapes nothing in members that it does not know.
    """

    def to_ical(self) -> bytes:
        """What stands in the line."""
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
        return escaped.encode()


def written(name: str, happenings: Iterable[Happening], *, refresh: timedelta) -> bytes:
    """A calendar of this name. `refresh` is how often whoever subscribes may ask again."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    line = _Text(" ".join(plain(name).split()))
    calendar.add("name", line)
    calendar.add("x-wr-calname", line)
    calendar.add("refresh-interval", refresh, {"value": "DURATION"})
    calendar.add("x-published-ttl", f"PT{refresh // timedelta(minutes=1)}M")
    for one in happenings:
        calendar.add_component(_event(one))
    whole: bytes = calendar.to_ical()
    return whole


def invitation(one: Happening, meeting: Meeting) -> bytes:
    """One happening as a message between calendars: a program that reads the mail puts it in, moves it or
    takes it away by `uid`, and believes the highest `sequence`.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", meeting.method)
    event = _event(one)
    del event["dtstamp"]
    event.add("dtstamp", _whole(meeting.stamp))
    event.add("organizer", _address(meeting.organizer, {}))
    told = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    event.add("attendee", _address(meeting.attendee, told))
    calendar.add_component(event)
    whole: bytes = calendar.to_ical()
    return whole


def _address(who: tuple[str, str], members: dict[str, str]) -> vCalAddress:
    name, address = who
    found = vCalAddress(f"mailto:{address}")
    shown = " ".join(plain(name).replace('"', "").split())
    for key, said in {"CN": shown, **members}.items():
        found.params[key] = vText(said)
    return found


def plain(text: str) -> str:
    """What a line of text may hold: breaks of every kind become a line feed, control characters and halves of
    surrogates go. Cut after 1,000 characters.
    """
    broken = "".join("\n" if one in _BREAKS else one for one in text.replace("\r\n", "\n")[:_LONGEST])
    return "".join(one for one in broken if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs"))


def _event(one: Happening) -> Event:
    event = Event()
    event.add("uid", one.uid)
    event.add("dtstamp", _whole(one.changed))
    event.add("last-modified", _whole(one.changed))
    event.add("dtstart", one.start)
    event.add("dtend", one.end)
    event.add("summary", _Text(plain(one.summary)))
    event.add("status", one.status)
    event.add("sequence", one.sequence)
    event.add("transp", "TRANSPARENT" if one.status == "CANCELLED" else "OPAQUE")
    event.add("class", "PRIVATE")
    for name, text in (("location", plain(one.place)), ("description", plain(one.words))):
        if text:
            event.add(name, _Text(text))
    if one.url:
        event.add("url", one.url)
    return event


def _whole(moment: datetime) -> datetime:
    """The format knows no parts of a second."""
    return moment.replace(microsecond=0)
