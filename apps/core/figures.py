"""Figures: whole numbers with a unit that cannot be mistaken. Hours of instruments, core-hours, samples,
people and money stay apart: adding two of different units is refused, and a ratio is never added but worked
out anew from its parts. Pure; who measures them is `apps.reports`, who judges by them receives them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.errors import Invalid
from apps.core.money import format_yuan

HOUR_MS = 3_600_000
PER_MILLE = 1000


class FigureUnit(StrEnum):
    """What a figure counts, in its smallest step: milliseconds, fen, one."""

    HOURS_MS = "hours_ms"
    CORE_HOURS_MS = "core_hours_ms"
    DAYS = "days"
    FEN = "fen"
    PEOPLE = "people"
    TIMES = "times"
    SAMPLES = "samples"
    PAPERS = "papers"
    PROJECTS = "projects"
    ASSETS = "assets"
    DOCUMENTS = "documents"
    PERMILLE = "permille"


# The word of a unit at the head of a column, and after a number.
UNIT_WORDS: Mapping[FigureUnit, Promise] = {
    FigureUnit.HOURS_MS: pgettext_lazy("unit", "hours"),
    FigureUnit.CORE_HOURS_MS: pgettext_lazy("unit", "core-hours"),
    FigureUnit.DAYS: pgettext_lazy("unit", "days"),
    FigureUnit.FEN: pgettext_lazy("unit", "yuan"),
    FigureUnit.PEOPLE: pgettext_lazy("unit", "people"),
    FigureUnit.TIMES: pgettext_lazy("unit", "times"),
    FigureUnit.SAMPLES: pgettext_lazy("unit", "samples"),
    FigureUnit.PAPERS: pgettext_lazy("unit", "papers"),
    FigureUnit.PROJECTS: pgettext_lazy("unit", "projects"),
    FigureUnit.ASSETS: pgettext_lazy("unit", "assets"),
    FigureUnit.DOCUMENTS: pgettext_lazy("unit", "documents"),
    FigureUnit.PERMILLE: pgettext_lazy("unit", "per cent"),
}


class MixedUnits(Invalid):
    """Two figures that no sum means anything of."""

    code = "figures.mixed_units"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its provenance. `value` is in the unit's smallest step (ms, fen, one, a thousandth);
    `source` is a key of where it comes from ('usage.records'), `records` how many records stand behind it,
    `digest` the SHA-256 of their ids in order ('' where it was not asked for), `link` a path with a query
    that lists them ('' where nothing lists them).
    """

    key: str
    unit: FigureUnit
    value: int
    source: str = ""
    records: int = 0
    digest: str = ""
    link: str = ""

    def __add__(self, other: "Figure") -> "Figure":
        """The sum of two disjoint sets of records under the first one's key. Raises MixedUnits
        `figures.mixed_units`, and `figures.ratio` for ratios, which are worked out anew from their parts.
        """
        if not isinstance(other, Figure):
            return NotImplemented
        require_addable(self.unit, other.unit)
        return replace(
            self,
            value=self.value + other.value,
            records=self.records + other.records,
            digest=_joined(self.digest, other.digest),
            source=self.source if self.source == other.source else "",
            link="",
        )

    def as_json(self) -> dict[str, Any]:
        """What is kept when it is frozen, and what a program is told."""
        return {
            "key": self.key,
            "unit": self.unit.value,
            "value": self.value,
            "source": self.source,
            "records": self.records,
            "digest": self.digest,
            "link": self.link,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Figure":
        """The inverse of `as_json`. Raises KeyError, ValueError where it is no figure."""
        return cls(
            str(kept["key"]),
            FigureUnit(kept["unit"]),
            int(kept["value"]),
            str(kept.get("source", "")),
            int(kept.get("records", 0)),
            str(kept.get("digest", "")),
            str(kept.get("link", "")),
        )


def require_addable(one: FigureUnit, other: FigureUnit) -> None:
    """Raises MixedUnits `figures.mixed_units` or `figures.ratio`."""
    if one is not other:
        raise MixedUnits(
            _("%(one)s and %(other)s cannot be added together.")
            % {"one": UNIT_WORDS[one], "other": UNIT_WORDS[other]},
            one=one.value,
            other=other.value,
        )
    if one is FigureUnit.PERMILLE:
        raise MixedUnits(_("Ratios are not added: they follow from their parts."), code="figures.ratio")


def total(key: str, figures: Iterable[Figure], unit: FigureUnit) -> Figure:
    """The sum of figures of one unit; 0 of that unit for none. Raises as adding does, for the first too."""
    found = Figure(key, unit, 0)
    for number, figure in enumerate(figures):
        found = replace(found + figure, source=figure.source if number == 0 else found.source)
    return found


def ratio(key: str, part: Figure, whole: Figure) -> Figure:
    """A part of a whole of the same unit in thousandths, half up; 0 of nothing. It may exceed 1000, where
    more was used than was open. Raises MixedUnits `figures.mixed_units`.
    """
    require_addable(part.unit, whole.unit)
    return Figure(
        key, FigureUnit.PERMILLE, _half_up(part.value * PER_MILLE, whole.value), "figures.ratio", part.records
    )


def per(key: str, part: Figure, whole: Figure, *, step: int = 1) -> Figure:
    """How much of `part` comes on each `step` of `whole` (a person, a sample; `HOUR_MS` for an hour), in the
    unit of `part`, half up; 0 of nothing.
    """
    return Figure(key, part.unit, _half_up(part.value * step, whole.value), "figures.per", part.records)


def number_of(figure: Figure) -> int | Decimal:
    """The number as a spreadsheet wants it: hours and yuan with two decimals, per cent with one."""
    if figure.unit in (FigureUnit.HOURS_MS, FigureUnit.CORE_HOURS_MS):
        return _decimal(figure.value, HOUR_MS, "0.01")
    if figure.unit is FigureUnit.FEN:
        return Decimal(figure.value) / 100
    if figure.unit is FigureUnit.PERMILLE:
        return Decimal(figure.value) / 10
    return figure.value


def written(figure: Figure) -> str:
    """The number as people read it: '1,234.5 h', '¥1,234.50', '83.4 %', '1,234'. Its unit stands beside it
    where the number does not carry one (`UNIT_WORDS`).
    """
    if figure.unit is FigureUnit.FEN:
        return format_yuan(figure.value)
    number = number_of(figure)
    text = f"{number.normalize():,f}" if isinstance(number, Decimal) else f"{number:,}"
    if figure.unit is FigureUnit.HOURS_MS:
        return f"{text} h"
    return f"{text} %" if figure.unit is FigureUnit.PERMILLE else text


def digest_of(ids: Iterable[object]) -> str:
    """The SHA-256 of ids in the order in which they come, one a line; '' for none. Memory stays flat."""
    found, some = sha256(), False
    for key in ids:
        found.update(f"{key}\n".encode())
        some = True
    return found.hexdigest() if some else ""


def _joined(one: str, other: str) -> str:
    """The digest of a sum names both digests, so that it changes when either does."""
    if not (one and other):
        return one or other
    return sha256(f"{one}\n{other}\n".encode()).hexdigest()


def _half_up(above: int, below: int) -> int:
    if below == 0:
        return 0
    sign = -1 if (above < 0) is not (below < 0) else 1
    return sign * ((2 * abs(above) + abs(below)) // (2 * abs(below)))


def _decimal(value: int, step: int, exact: str) -> Decimal:
    return (Decimal(value) / step).quantize(Decimal(exact), rounding=ROUND_HALF_UP)
