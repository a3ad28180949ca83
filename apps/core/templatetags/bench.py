"""What templates say in one way everywhere: icons, money, hours, moments, and data in a language of its
own. Pure formatting; nothing here asks the database.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from apps.core.clock import now as present
from apps.core.clock import school_time
from apps.core.money import format_yuan

register = template.Library()

HAN = re.compile(r"[\u3400-\u9fff]")
MINUTE, HOUR, DAY = 60, 3600, 86400
HOUR_MS = 3_600_000


@register.simple_tag
@lru_cache(maxsize=256)  # dozens on a page, always the same: the sprite moves with a new process only
def icon(name: str) -> SafeString:
    """An icon of the sprite. It is decoration: the word beside it carries the meaning."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("core/icons.svg"),
        name,
    )


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as '¥1,234.50'; empty for nothing."""
    return "" if fen is None else format_yuan(fen)


@register.filter
def hours(ms: int | None) -> str:
    """Milliseconds as hours with at most two decimals: '3.5 h'; below a minute in seconds."""
    if ms is None:
        return ""
    if ms < MINUTE * 1000:
        return f"{ms // 1000} s"
    value = (Decimal(ms) / HOUR_MS).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{value.normalize():f} h"


@register.filter
def unit_word(unit: str) -> str:
    """The unit of a charge line after its number."""
    words = {"hour": "h", "sample": _("samples"), "startup": _("start-ups")}
    return words.get(unit, unit)


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A moment on the school's clock, '11-23 10:00' (with the year when it is another), exact on hover."""
    if at is None:
        return ""
    local = school_time(at)
    pattern = "m-d H:i" if local.year == school_time(present()).year else "Y-m-d H:i"
    return _time(at, date_format(local, pattern))


@register.filter
def clock(at: datetime | None) -> SafeString | str:
    """Only the time of day, '10:00', exact on hover."""
    return "" if at is None else _time(at, date_format(school_time(at), "H:i"))


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """A moment relative to the present, '5 min ago' or 'in 3 h'; exact on hover."""
    if at is None:
        return ""
    seconds = int((present() - at).total_seconds())
    span = _span(abs(seconds))
    if abs(seconds) < MINUTE:
        return _time(at, _("just now"))
    words = _("%(span)s ago") if seconds > 0 else _("in %(span)s")
    return _time(at, words % {"span": span})


@register.filter
def data(text: Any) -> SafeString | str:
    """Text that is data, not the page's own words: marked with its language where that differs from the
    page's.
    """
    written = str(text)
    language = "zh" if HAN.search(written) else "en"
    if not written or (get_language() or "zh").startswith(language):
        return written
    return format_html('<span lang="{}">{}</span>', language, written)


@register.simple_tag
def named(thing: Any, member: str = "name") -> SafeString | str:
    """The `name_zh` or `name_en` (or another member's pair) of a row or a mapping, in the reader's
    language.
    """
    english = (get_language() or "zh").startswith("en")
    return data((_member(thing, f"{member}_en") if english else "") or _member(thing, f"{member}_zh"))


@register.simple_tag
def said(thing: Any) -> SafeString | str:
    """The `zh` or `en` sentence of a reason or condition, in the reader's language."""
    english = (get_language() or "zh").startswith("en")
    return data((_member(thing, "en") if english else "") or _member(thing, "zh"))


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The page's query string with some members changed; an empty value removes one."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        parameters.pop(name, None)
        if value not in ("", None):
            parameters[name] = str(value)
    encoded: str = parameters.urlencode()
    return f"?{encoded}" if encoded else "?"


def _member(thing: Any, name: str) -> Any:
    return thing.get(name, "") if isinstance(thing, Mapping) else getattr(thing, name, "")


def _time(at: datetime, words: str) -> SafeString:
    local = school_time(at)
    return format_html(
        '<time class="tabular" datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S}",
        words,
    )


def _span(seconds: int) -> str:
    if seconds < HOUR:
        return ngettext("%(n)d min", "%(n)d min", seconds // MINUTE) % {"n": seconds // MINUTE}
    if seconds < DAY:
        return ngettext("%(n)d h", "%(n)d h", seconds // HOUR) % {"n": seconds // HOUR}
    return ngettext("%(n)d day", "%(n)d days", seconds // DAY) % {"n": seconds // DAY}


@register.filter
def widget_class(field: BoundField, name: str) -> SafeString:
    """The field's control with a class of ours: for forms that come from libraries."""
    return field.as_widget(attrs={"class": name})
