"""How scores, amounts and places of schemes are written in templates."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

from django import template

from apps.core.clock import school_time
from apps.core.figures import UNIT_WORDS, FigureUnit
from apps.evaluation import wording
from apps.evaluation.content import Content, FigureSpec
from apps.evaluation.content import written as number_written

register = template.Library()


@register.filter
def points(value: Fraction | int) -> str:
    """A score with two decimals."""
    return wording.score_words(value)


@register.filter
def hundredths(value: int | None) -> str:
    """A stored score."""
    return "\u2013" if value is None else wording.score_words(Fraction(value, 100))


@register.filter
def number(value: Fraction | int) -> str:
    """A number as exact as four decimals."""
    return wording.number_words(value)


@register.filter
def plain(value: Fraction | int) -> str:
    """A number as a field of a form takes it."""
    return number_written(Fraction(value))


@register.filter
def amount(spec: FigureSpec, value: Fraction | int) -> str:
    """An amount of a figure with its unit."""
    return wording.amount_words(spec, value)


@register.filter
def unit_of(spec: Any) -> str:
    """The word of a figure's unit."""
    return str(UNIT_WORDS[FigureUnit(spec.unit)])


@register.filter
def source_of(spec: FigureSpec) -> str:
    """Where a figure comes from."""
    return wording.source_words(spec.source)


@register.filter
def part_named(content: Content, key: str) -> str:
    """The title of a part."""
    return str(content.part(key).title)


@register.filter
def member_of(kept: Any, name: str) -> Any:
    """A member of a mapping; nothing where it is not there."""
    return kept.get(name, "") if hasattr(kept, "get") else ""


@register.filter
def place(where: str) -> str:
    """Where in a scheme something stands."""
    return wording.place_words(where)


@register.filter
def figure_named(content: Content, key: str) -> str:
    """The title of a figure."""
    return str(content.figure(key).title)


@register.filter
def normal(value: Any) -> str:
    """A decimal number without zeros at the end."""
    return wording.number_words(Fraction(value), 2)


@register.filter
def period(round_: Any) -> str:
    """The days of a round's period, both included."""
    first = school_time(round_.starts)
    last = school_time(round_.ends - timedelta(days=1))
    return f"{first:%Y-%m-%d} \u2013 {last:%Y-%m-%d}"
