"""A frozen dossier in its reader's words: labels are English msgids, values say of what type they are. Pure
formatting.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.templatetags.bench import data, moment
from apps.panels.levels import level_words
from apps.people.models import User
from workflows.dossiers import NOTHING, written
from workflows.models import Case
from workflows.words import case_title_html, localized

register = template.Library()
FIGURES = frozenset({"date", "money", "hours"})


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
    if value in NOTHING:
        return "–"  # noqa: RUF001 - a dash
    if kind == "datetime":
        return moment(datetime.fromisoformat(str(value)))
    if kind == "list":
        items = ((data(item),) for item in written(row).split("\n"))
        return format_html('<ul class="plain">{}</ul>', format_html_join("", "<li>{}</li>", items))
    if kind in FIGURES:
        return format_html('<span class="tabular">{}</span>', written(row))
    return written(row) if kind == "choice" else data(written(row))


@register.filter
def dossier_cell(value: Any) -> SafeString | str:
    """A cell of a dossier's table."""
    if isinstance(value, int | float):
        return format_html('<span class="tabular">{}</span>', value)
    return data(localized(value))


@register.filter
def labelled_rows(table: Mapping[str, Any]) -> list[list[tuple[str, Any]]]:
    """The rows of a dossier's table, each cell with the heading of its column."""
    columns = table["columns"]
    return [list(zip(columns, cells, strict=False)) for cells in table["rows"]]


@register.filter
def familiarity(level: int | None) -> str:
    """How well a member knows the class of an instrument."""
    return level_words(level)


@register.filter
def initial(user: User) -> str:
    """The letter in the round beside a person's name."""
    return user.display_name.strip()[:1] or "?"
