"""Facts, their values and sources in templates."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.templatetags.bench import data, moment, named
from apps.portal import factwords

register = template.Library()


@register.simple_tag
def fact_label(name: str) -> SafeString | str:
    """The fact's name in the reader's words."""
    return data(factwords.label(name)) if name not in factwords.LABELS else factwords.label(name)


@register.simple_tag
def fact_value(name: str, held: Any) -> str:
    """The fact's value in the reader's words, with its unit."""
    return factwords.value(name, held)


@register.filter
def by_source(facts: Iterable[Any]) -> list[tuple[list[Any], Mapping[str, Any]]]:
    """Facts gathered by their source, so that a source is named once."""
    found: dict[str, tuple[list[Any], Mapping[str, Any]]] = {}
    for fact in facts:
        source = fact.source or {}
        key = f"{source.get('kind')}:{source.get('ref')}:{source.get('label_zh')}"
        found.setdefault(key, ([], source))[0].append(fact)
    return list(found.values())


@register.simple_tag
def fact_source(source: Mapping[str, Any]) -> SafeString | str:
    """Where the fact comes from: the kind of record in words, its case, and until when it holds."""
    if not source:
        return ""
    words = named(source, "label")
    case = source.get("case") or ""
    parts = format_html("{} ({})", words, data(case)) if case else words
    until = source.get("valid_until")
    if not until:
        return parts
    at = until if isinstance(until, datetime) else datetime.fromisoformat(str(until))
    return format_html("{} → {}", parts, moment(at))
