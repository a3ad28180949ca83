"""Calendars as other programs read them: what is written is read back the same, and no text breaks out of its
line.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.ics import Happening, plain, written
from apps.core.logs import HideSecrets
from tests.factories.calendars import events

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
anything = st.text(max_size=300) | st.text(
    alphabet='电镜,;:\\\n\r\t"\x00\x0b\x85\u2028BEGIN😀 ', max_size=300
)


def _written(**changes: Any) -> bytes:
    asked: dict[str, Any] = {
        "uid": "a@bench.example",
        "start": START,
        "end": START + HOUR,
        "summary": "FE-SEM",
        "status": "CONFIRMED",
        "sequence": 1,
        "changed": START.replace(microsecond=7),
        **changes,
    }
    name = asked.pop("name", "Bookings")
    return written(name, [Happening(**asked)], refresh=HOUR)


def _names(whole: bytes) -> list[bytes]:
    """The names of the unfolded lines, in order."""
    lines = whole.replace(b"\r\n ", b"").split(b"\r\n")
    return [line.replace(b";", b":").split(b":")[0] for line in lines]


@given(name=anything, summary=anything, place=anything, words=anything)
def test_any_text_comes_back_as_it_was_and_stays_in_its_line(
    name: str, summary: str, place: str, words: str
) -> None:
    whole = _written(name=name, summary=summary, place=place, words=words)
    assert whole.endswith(b"END:VCALENDAR\r\n")
    lines = whole.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line or b"\r" in line or b"\x00" in line for line in lines)
    for line in lines:
        line.decode()  # no character is torn at a fold
    escaped = " ".join(plain(name).split())
    for one in ("\\", ";", ","):
        escaped = escaped.replace(one, f"\\{one}")
    unfolded = whole.replace(b"\r\n ", b"").decode().split("\r\n")  # the parser knows neither of the two
    assert {f"NAME:{escaped}", f"X-WR-CALNAME:{escaped}"} <= set(unfolded)
    event = events(whole)[0]
    assert str(event["SUMMARY"]) == plain(summary)
    assert str(event.get("LOCATION", "")) == plain(place)
    assert str(event.get("DESCRIPTION", "")) == plain(words)
    bare = [name for name in _names(_written(place="x", words="x")) if name]
    assert [name for name in _names(whole) if name and name not in (b"LOCATION", b"DESCRIPTION")] == [
        name for name in bare if name not in (b"LOCATION", b"DESCRIPTION")
    ]


@given(text=anything)
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert not set(plain(text)) & {"\r", "\x00", "\x0b", "\x85", "\u2028", "\u2029"}


def test_what_the_format_needs_is_there_in_utc() -> None:
    whole = _written(status="CANCELLED", sequence=2, url="https://bench.example/instruments/1/")
    for line in (
        b"VERSION:2.0",
        b"PRODID:-//Clearbench//Bookings//EN",
        b"REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        b"X-PUBLISHED-TTL:PT60M",
        b"UID:a@bench.example",
        b"DTSTAMP:20261123T020000Z",
        b"LAST-MODIFIED:20261123T020000Z",
        b"DTSTART:20261123T020000Z",
        b"DTEND:20261123T030000Z",
        b"STATUS:CANCELLED",
        b"SEQUENCE:2",
        b"TRANSP:TRANSPARENT",
        b"CLASS:PRIVATE",
        b"URL:https://bench.example/instruments/1/",
    ):
        assert line + b"\r\n" in whole, line
    assert b"METHOD" not in whole
    assert b"LOCATION" not in whole


def test_a_long_text_is_cut_and_an_empty_calendar_is_one() -> None:
    assert len(plain("x" * 5000)) == 1000
    empty = written("Bookings", [], refresh=HOUR)
    assert events(empty) == []


@pytest.mark.parametrize(
    ("message", "arguments", "line"),
    [
        ("%s: %s", ("Not Found", "/calendar/" + "a" * 43 + ".ics"), "Not Found: /calendar/….ics"),
        ("Internal Server Error: %s", ("/calendar/x_-" + "b" * 40,), "Internal Server Error: /calendar/…"),
        ("%s: %s", ("Not Found", "/bookings/calendar/"), "Not Found: /bookings/calendar/"),
        ("GET %s", ("/guest/samples/" + "a-" * 20 + "/draft/",), "GET /guest/samples/…/draft/"),
        ("GET %s", ("/join/" + "a_" * 20 + "/withdraw/",), "GET /join/…/withdraw/"),
        ("100 %", (), "100 %"),
    ],
)
def test_a_line_of_the_log_holds_no_secret(message: str, arguments: tuple[str, ...], line: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, message, arguments, None)
    assert HideSecrets().filter(record) is True
    assert record.getMessage() == line
