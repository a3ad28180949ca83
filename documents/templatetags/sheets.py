"""Words, dates and digests as the papers write them. Pure formatting in the language that is active."""

from datetime import datetime, timedelta

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from apps.core.clock import school_time
from documents.contexts import Table, Text, Words

register = template.Library()

TICK = timedelta(microseconds=1)


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
    if at is None:
        return ""
    return date_format(school_time(at), "j F Y" if _language().startswith("en") else "Y年n月j日")


@register.filter
def last_day(until: datetime | None) -> str:
    """The last day on which something counts that ends at `until` (exclusive)."""
    return day(until - TICK) if until else ""


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
def fingerprint(digest: str) -> str:
    """The first 16 hexadecimal digits in groups of four: enough to compare by eye with the check page."""
    return whole_fingerprint(digest[:16])


@register.filter
def whole_fingerprint(digest: str) -> str:
    """All digits in groups of four, so that the eye finds its place and the line can break."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def _language() -> str:
    return get_language() or "zh-hans"
