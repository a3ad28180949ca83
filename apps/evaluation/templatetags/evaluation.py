"""How scores, amounts and places of schemes are written in templates."""

from fractions import Fraction
from typing import Any

from django import template

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
