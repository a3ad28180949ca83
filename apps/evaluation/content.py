"""A scheme as data: its figures, parts with weight, cap and formula, cohorts with their constants, grades.

The stored form is JSON whose numbers that are no counts are text ('12.5'), so that nothing is lost; `read`
makes the tree of it, `stored` what is kept. Whether it makes sense is `checking`'s to say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from documents.canonical import canonical
from documents.canonical import digest as sha256

INSTRUMENT, LAB = "instrument", "lab"
ACADEMIC, CALENDAR = "academic_year", "calendar_year"
RECORDS, REPORT, PUBLICATIONS = "records", "report", "publications"
SOURCES = (RECORDS, REPORT, PUBLICATIONS)
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+|[0-9]+/[0-9]+)")
_MOST_DECIMALS = 9


@dataclass(frozen=True)
class Title:
    """What something is called, in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "zh").startswith("en") else self.zh


@dataclass(frozen=True)
class FigureSpec:
    """A figure that formulas may name: its key, its unit, where it comes from, and by how much a simulator
    moves it (in what people read: hours, yuan, pieces).
    """

    key: str
    unit: str
    source: str
    title: Title
    step: Fraction = Fraction(1)


@dataclass(frozen=True)
class Constant:
    """A number that each cohort gives its own value, as the quota of hours."""

    key: str
    unit: str
    title: Title


@dataclass(frozen=True)
class Cohort:
    """Whom one measure is for. The first cohort whose every condition holds is theirs; a condition that is
    empty holds for everybody: beginnings of the class, grades, modes of management.
    """

    key: str
    title: Title
    values: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    classes: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()

    @property
    def is_for_all(self) -> bool:
        return not (self.classes or self.grades or self.modes)

    def takes(self, *, class6: str, grade: str, mode: str) -> bool:
        """Whether an instrument of this class, grade and mode belongs here."""
        return (
            (not self.classes or class6.startswith(self.classes))
            and (not self.grades or grade in self.grades)
            and (not self.modes or mode in self.modes)
        )


@dataclass(frozen=True)
class Part:
    """One part of the score: what its formula gives, at most the cap, counts for its weight in per cent."""

    key: str
    title: Title
    weight: Fraction
    cap: Fraction
    formula: str


@dataclass(frozen=True)
class Grade:
    """What a total is called from this number on."""

    key: str
    title: Title
    at_least: Fraction


@dataclass(frozen=True)
class Content:
    """A whole scheme. `decimals`: each weighted part is rounded half up to so many, and the total is the sum
    of what stands on the sheet.
    """

    title: Title
    note: Title
    subject: str
    period: str
    decimals: int
    figures: tuple[FigureSpec, ...]
    constants: tuple[Constant, ...]
    cohorts: tuple[Cohort, ...]
    parts: tuple[Part, ...]
    grades: tuple[Grade, ...]

    def figure(self, key: str) -> FigureSpec:
        return next(one for one in self.figures if one.key == key)

    def cohort(self, key: str) -> Cohort:
        return next(one for one in self.cohorts if one.key == key)

    def part(self, key: str) -> Part:
        return next(one for one in self.parts if one.key == key)

    def cohort_of(self, *, class6: str = "", grade: str = "", mode: str = "") -> Cohort:
        """The first cohort that takes it. A checked scheme always has one."""
        return next(one for one in self.cohorts if one.takes(class6=class6, grade=grade, mode=mode))

    @property
    def named(self) -> tuple[FigureSpec | Constant, ...]:
        """Whatever a formula may name, in order."""
        return (*self.figures, *self.constants)

    @property
    def units(self) -> dict[str, str]:
        """The unit of every name that a formula may use."""
        return {one.key: one.unit for one in self.named}


def read(stored: Any) -> Content:
    """The tree of a stored scheme. Raises Invalid `evaluation.scheme_shape`, saying what is wrong."""
    try:
        return Content(
            title=_title(stored["title"]),
            note=_title(stored.get("note") or {"zh": "", "en": ""}),
            subject=_one_of(stored["subject"], (INSTRUMENT, LAB)),
            period=_one_of(stored["period"], (ACADEMIC, CALENDAR)),
            decimals=_decimals(stored["decimals"]),
            figures=tuple(_figure(one) for one in stored["figures"]),
            constants=tuple(
                Constant(_key(one["key"]), str(one["unit"]), _title(one["title"]))
                for one in stored.get("constants", ())
            ),
            cohorts=tuple(_cohort(one) for one in stored["cohorts"]),
            parts=tuple(_part(one) for one in stored["parts"]),
            grades=tuple(
                Grade(_key(one["key"]), _title(one["title"]), _number(one["at_least"]))
                for one in stored["grades"]
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as exc:
        raise Invalid(
            _("The scheme cannot be read: %(what)s") % {"what": str(exc)[:120]},
            code="evaluation.scheme_shape",
            field="content",
        ) from exc


def stored(content: Content) -> dict[str, Any]:
    """What is stored of a scheme; `read` gives the same tree again."""
    return {
        "title": _words(content.title),
        "note": _words(content.note),
        "subject": content.subject,
        "period": content.period,
        "decimals": content.decimals,
        "figures": [
            {
                "key": one.key,
                "unit": one.unit,
                "source": one.source,
                "title": _words(one.title),
                "step": written(one.step),
            }
            for one in content.figures
        ],
        "constants": [
            {"key": one.key, "unit": one.unit, "title": _words(one.title)} for one in content.constants
        ],
        "cohorts": [
            {
                "key": one.key,
                "title": _words(one.title),
                "values": {key: written(value) for key, value in one.values.items()},
                "classes": list(one.classes),
                "grades": list(one.grades),
                "modes": list(one.modes),
            }
            for one in content.cohorts
        ],
        "parts": [
            {
                "key": one.key,
                "title": _words(one.title),
                "weight": written(one.weight),
                "cap": written(one.cap),
                "formula": one.formula,
            }
            for one in content.parts
        ],
        "grades": [
            {"key": one.key, "title": _words(one.title), "at_least": written(one.at_least)}
            for one in content.grades
        ],
    }


def digest(content: Content) -> str:
    """SHA-256 of the canonical form."""
    return sha256(canonical(stored(content)))


def written(value: Fraction) -> str:
    """A number as text: '12.5'; a fraction that has no end as '1/3'."""
    whole = value.numerator
    if value.denominator == 1:
        return str(whole)
    for places in range(1, 10):
        scaled = value * 10**places
        if scaled.denominator == 1:
            sign, digits = ("-" if scaled < 0 else ""), str(abs(scaled.numerator)).rjust(places + 1, "0")
            return f"{sign}{digits[:-places]}.{digits[-places:]}"
    return f"{value.numerator}/{value.denominator}"


def _words(title: Title) -> dict[str, str]:
    return {"zh": title.zh, "en": title.en}


def _title(stored: Any) -> Title:
    return Title(str(stored["zh"]).strip(), str(stored["en"]).strip())


def _key(stored: Any) -> str:
    key = str(stored)
    if not key.isidentifier() or key != key.lower() or len(key) > 40:
        raise ValueError(key)
    return key


def _number(stored: Any) -> Fraction:
    """A number that is written out: with an exponent, a few signs would be a number of any size."""
    text = str(stored).strip()
    if len(text) > 20 or not _NUMBER.fullmatch(text):
        raise ValueError(text[:40])
    return Fraction(text)


def _decimals(stored: Any) -> int:
    if abs(number := int(stored)) > _MOST_DECIMALS:
        raise ValueError(number)
    return int(stored)


def _one_of(stored: Any, possible: tuple[str, ...]) -> str:
    if stored not in possible:
        raise ValueError(stored)
    return str(stored)


def _figure(one: Any) -> FigureSpec:
    source = _one_of(one["source"], SOURCES)
    return FigureSpec(
        _key(one["key"]), str(one["unit"]), source, _title(one["title"]), _number(one.get("step", 1))
    )


def _cohort(one: Any) -> Cohort:
    values = {_key(key): _number(value) for key, value in one.get("values", {}).items()}
    lists = {
        name: tuple(str(entry) for entry in one.get(name, ())) for name in ("classes", "grades", "modes")
    }
    return Cohort(_key(one["key"]), _title(one["title"]), MappingProxyType(values), **lists)


def _part(one: Any) -> Part:
    return Part(
        _key(one["key"]),
        _title(one["title"]),
        _number(one["weight"]),
        _number(one["cap"]),
        str(one["formula"]).strip(),
    )
