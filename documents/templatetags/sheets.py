"""Words, dates and digests as the papers write them. Pure formatting in the language that is active."""

# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from apps.core.clock import school_time
from documents.appointments import Appointed, AppointmentContext
from documents.contexts import Table, Text, Words
from documents.fee_papers import PriceRow
from documents.official import OfficialContext

register = template.Library()

TICK = timedelta(microseconds=1)
# Phrases of titles that stay in one line.
_PHRASES = re.compile(
    r"(等\d+台（套）仪器设备|开放共享收费标准的公示|开放共享收费标准的批复|暂不开放共享的批复|暂不开放共享的公示"
    r"|委员会的通知|委员的通知|结果的通报|托管协议)"
)
LETTERHEAD_WIDTH, LETTERHEAD_SMALLEST = 440.0, 15.0  # points


@register.filter
def say(text: Text | None) -> str:
    """A text in the language of the sheet; empty for nothing."""
    if isinstance(text, Words):
        return text.said(_language())
    return text or ""


@register.filter
def say_otherwise(words: Words) -> str:
    """The same in the other language, for a second line; empty where it would only repeat the first."""
    other = words.zh if _language().startswith("en") else words.en
    return "" if other == words.said(_language()) else other


@register.filter
def day(at: datetime | None) -> str:
    """A day of the school's calendar as official papers write it: '2026年11月23日', '23 November 2026'."""
    return _written(school_time(at)) if at else ""


@register.filter
def last_day(until: datetime | None) -> str:
    """The last day on which something counts that ends at `until` (exclusive)."""
    return day(until - TICK) if until else ""


@register.filter
def on_day(day_: date | None) -> str:
    """A day that is a date already, as official papers write it."""
    return _written(day_) if day_ else ""


@register.filter
def minute(at: datetime | None) -> str:
    """A moment on the school's clock: '2026-11-23 10:00'."""
    return f"{school_time(at):%Y-%m-%d %H:%M}" if at else ""


@register.filter
def split_moment(written: str) -> SafeString | str:
    """A moment on two lines, date above time, for a narrow column."""
    date, _blank, time = written.partition(" ")
    return (
        format_html('<span class="date">{}</span><span class="aside">{}</span>', date, time) if time else ""
    )


@register.simple_tag
def cell_class(table: Table, number: int) -> SafeString | str:
    """The class attribute of a cell in the column of that number (from 0)."""
    return format_html(' class="{}"', "num") if table.columns[number].numeric else ""


@register.filter
def grounds(paper: OfficialContext) -> str:
    """The regulations on which a paper rests: in Chinese the beginning of its first sentence, in English a
    sentence before it; empty without any.
    """
    if not paper.basis:
        return ""
    said = [say(one) for one in paper.basis]
    english = _language().startswith("en")
    return f"Basis: {'; '.join(said)}. " if english else f"根据{'、'.join(said)}的有关规定，"


@register.filter
def phrased(heading: str) -> SafeString:
    """A Chinese title whose fixed phrases are not torn apart by the end of a line."""
    pieces = _PHRASES.split(heading)  # every second one is a phrase
    return format_html_join(
        "",
        "{}{}",
        (
            (format_html('<span class="nowrap">{}</span>', piece) if number % 2 else piece, "")
            for number, piece in enumerate(pieces)
        ),
    )


@register.filter
def beside_former(row: PriceRow) -> Iterator[tuple[str, str]]:
    """The prices of a row, each with the former one where that was another; '' where it was not."""
    for number, price in enumerate(row.prices):
        former = row.former[number] if row.former else ""
        yield price, former if former != price else ""


@register.filter
def term(seat: Appointed, paper: AppointmentContext) -> str:
    """From when until when a seat is held: its own dates, else the paper's."""
    first, until = seat.valid_from or paper.valid_from, seat.valid_until or paper.valid_until
    return f"{day(first)} – {last_day(until)}".rstrip()


@register.filter
def letterhead(text: str, largest: int) -> str:
    """The size in points, at most `largest`, at which a text fills no more than one line of an official
    paper (156 mm); a very long one breaks into lines at the smallest size.
    """
    width = sum(1.06 if ord(one) > 0x2E7F else 0.58 for one in text)
    return f"{max(LETTERHEAD_SMALLEST, min(float(largest), LETTERHEAD_WIDTH / max(width, 1.0))):.1f}"


@register.filter
def fingerprint(digest: str) -> str:
    """The first 16 hexadecimal digits in groups of four: enough to compare by eye with the check page."""
    return whole_fingerprint(digest[:16])


@register.filter
def whole_fingerprint(digest: str) -> str:
    """All digits in groups of four, so that the eye finds its place and the line can break."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def _written(day_: date) -> str:
    return date_format(day_, "j F Y" if _language().startswith("en") else "Y年n月j日")


def _language() -> str:
    return get_language() or "zh-hans"
