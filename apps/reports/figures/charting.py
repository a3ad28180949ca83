"""Bars of a chart as whole numbers of a drawing 1,000 wide and 100 high. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.figures import Figure
from apps.reports.figures.periods import Period

WIDTH, HEIGHT = 1000, 100


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it stands, and what it shows in words."""

    x: int
    y: int
    width: int
    height: int
    label: str
    figure: Figure


def bars_of(found: Sequence[tuple[Period, Figure]]) -> list[Bar]:
    """A bar for each piece of time, the highest as high as the drawing; none where all are nought."""
    most = max((figure.value for _piece, figure in found), default=0)
    if not most:
        return []
    step = WIDTH // len(found)
    bars = []
    for number, (piece, figure) in enumerate(found):
        height = figure.value * HEIGHT // most
        bars.append(Bar(number * step, HEIGHT - height, max(step - 4, 1), height, _label(piece), figure))
    return bars


def _label(piece: Period) -> str:
    return f"{piece.first:%m-%d}" if piece.first == piece.last else f"{piece.first:%Y-%m}"
