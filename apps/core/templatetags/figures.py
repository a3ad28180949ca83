"""Figures on pages: the number as people read it, and the word of its unit."""

from django import template

from apps.core.errors import Text
from apps.core.figures import UNIT_WORDS, Figure, FigureUnit, written

register = template.Library()


@register.filter
def figure(one: Figure | None) -> str:
    """'1,234.5 h', '¥1,234.50', '83.4 %', '1,234'; empty for nothing."""
    return "" if one is None else written(one)


@register.filter
def figure_in_words(one: Figure | None) -> str:
    """The same with the word of its unit, where the number does not carry one."""
    if one is None or one.unit in (FigureUnit.HOURS_MS, FigureUnit.FEN, FigureUnit.PERMILLE):
        return figure(one)
    return f"{written(one)} {UNIT_WORDS[one.unit]}"


@register.filter
def unit_of(unit: FigureUnit | str) -> Text:
    """The word of a unit."""
    return UNIT_WORDS[FigureUnit(unit)]


@register.filter
def points(hundredths: int | None) -> str:
    """Points with two decimals: 8725 as '87.25'."""
    return "" if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02d}"
