"""A frozen dossier in its reader's words: labels are English msgids, values say of what type they are. Pure
formatting.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.money import format_yuan
from apps.core.templatetags.bench import data, moment
from apps.people.models import User
from workflows.models import Case
from workflows.words import case_title_html, localized

register = template.Library()
MINUTES = 60


@register.filter
def msgid(text: Any) -> str:
    """Words that a flow keeps in English, in the reader's language."""
    return _(str(text)) if text else ""


@register.simple_tag
def case_title(case: Case) -> SafeString:
    """What a case is about."""
    return case_title_html(case)


@register.filter
def dossier_value(row: Mapping[str, Any]) -> SafeString | str:
    """The value of a row of a dossier, as its type wants it. What is missing is a dash."""
    value, kind = row.get("value"), row.get("type", "text")
    if value in (None, "", []):
        return "–"  # noqa: RUF001 - a dash
    return _WRITE.get(kind, _text)(value)


@register.filter
def dossier_cell(value: Any) -> SafeString | str:
    """A cell of a dossier's table."""
    if isinstance(value, int | float):
        return format_html('<span class="tabular">{}</span>', value)
    return _text(value)


@register.filter
def initial(user: User) -> str:
    """The letter in the round beside a person's name."""
    name = user.display_name.strip()
    return name[:1] or "?"


def _text(value: Any) -> SafeString | str:
    return data(localized(value))


def _date(value: Any) -> SafeString | str:
    return format_html('<span class="tabular">{}</span>', f"{date.fromisoformat(str(value)[:10])}")


def _datetime(value: Any) -> SafeString | str:
    return moment(datetime.fromisoformat(str(value)))


def _money(value: Any) -> SafeString | str:
    return format_html('<span class="tabular">{}</span>', format_yuan(int(value)))


def _hours(value: Any) -> SafeString | str:
    hours = f"{int(value) / MINUTES:.2f}".rstrip("0").rstrip(".")
    return format_html('<span class="tabular">{} h</span>', hours)


def _choice(value: Any) -> SafeString | str:
    return _(str(value))


def _list(value: Any) -> SafeString | str:
    items = value if isinstance(value, list) else [value]
    rows = ((_text(item),) for item in items)
    return format_html('<ul class="plain">{}</ul>', format_html_join("", "<li>{}</li>", rows))


_WRITE = {
    "text": _text,
    "user": _text,
    "file": _text,
    "date": _date,
    "datetime": _datetime,
    "money": _money,
    "hours": _hours,
    "choice": _choice,
    "list": _list,
}
