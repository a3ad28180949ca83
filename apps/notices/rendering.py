"""A notice in its reader's words: the kind's sentences, the arguments written for the reader, as plain text
for mails and messengers, or as HTML in which data of another language is marked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.core.clock import school_time
from apps.core.money import format_yuan
from apps.core.templatetags.bench import data
from apps.notices.kinds import Kind, Takes, find_kind
from apps.notices.models import Notice


@dataclass(frozen=True)
class Words:
    """One line and what follows it."""

    title: str
    body: str


def plain(notice: Notice) -> Words:
    """In the language in force, as plain text. A notice whose kind is gone says so."""
    kind = find_kind(notice.kind)
    if kind is None:
        return Words(_unknown(notice), "")
    told = written(kind, notice.args)
    return Words(_line(str(kind.title) % told), str(kind.body) % told)


def marked(notice: Notice) -> Words:
    """In the language in force, as safe HTML."""
    kind = find_kind(notice.kind)
    if kind is None:
        return Words(conditional_escape(_unknown(notice)), "")
    told = {name: data(text) for name, text in written(kind, notice.args).items()}
    return Words(_filled(str(kind.title), told), _filled(str(kind.body), told))


def written(kind: Kind, args: Mapping[str, Any]) -> dict[str, str]:
    """The arguments as a reader of the language in force reads them."""
    return {name: _write(takes, args.get(name)) for name, takes in kind.takes.items()}


def _write(takes: Takes, stored: Any) -> str:
    if stored is None:
        return ""
    if takes is Takes.NAME:
        english = (get_language() or "zh").startswith("en")
        return str((stored["en"] if english else "") or stored["zh"])
    if takes is Takes.MOMENT:
        return f"{school_time(datetime.fromisoformat(stored)):%Y-%m-%d %H:%M}"
    return format_yuan(stored) if takes is Takes.FEN else str(stored)


def _filled(template: str, told: Mapping[str, str | SafeString]) -> SafeString:
    safe = {name: conditional_escape(text) for name, text in told.items()}
    return mark_safe(conditional_escape(template) % safe)  # noqa: S308 - both halves are escaped


def _line(text: str) -> str:
    """One line, whatever the arguments hold: it becomes a mail's subject."""
    return " ".join(text.split())


def _unknown(notice: Notice) -> str:
    return _("A notice of a kind that is not installed any more (%(kind)s)") % {"kind": notice.kind}
