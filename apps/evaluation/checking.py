"""Whether a scheme makes sense: every fault at once, with the place where it stands. A scheme with a fault is
never adopted. Pure; the sentences are in the reader's language.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext as _

from apps.core.errors import Invalid
from apps.core.figures import FigureUnit
from apps.evaluation.content import PUBLICATIONS, RECORDS, Content, written
from apps.evaluation.formula import evaluate
from apps.evaluation.scoring import formula_of, rounded
from apps.evaluation.sources import FROM_PUBLICATIONS, FROM_RECORDS
from apps.evaluation.tokens import FormulaError
from apps.evaluation.units import check_units

WHOLE = Fraction(100)
UNITS = frozenset(unit.value for unit in FigureUnit)


@dataclass(frozen=True)
class Finding:
    """What is wrong: its code, in words, and where (`parts.hours`, `weights`, `cohorts.general`)."""

    code: str
    words: str
    where: str
    position: int = 0


def findings(content: Content) -> list[Finding]:
    """Every fault of a scheme; none is found in one that may be adopted."""
    return [
        *_keys(content),
        *_weights(content),
        *_most(content),
        *_titles(content),
        *_sources(content),
        *_formulas(content),
        *_cohorts(content),
        *_grades(content),
    ]


def total_weight(content: Content) -> Fraction:
    """What the weights of the parts add up to, in per cent."""
    return sum((part.weight for part in content.parts), Fraction(0))


def require_sound(content: Content) -> None:
    """Raises Invalid with the code of the first fault (`evaluation.weights`, …), all of them in `faults`."""
    found = findings(content)
    if found:
        raise Invalid(
            found[0].words,
            code=found[0].code,
            field=found[0].where,
            faults=[{"code": one.code, "where": one.where, "words": one.words} for one in found],
        )


def _keys(content: Content) -> Iterator[Finding]:
    names = [one.key for one in content.named]
    for where, keys in (
        ("figures", names),
        ("parts", [one.key for one in content.parts]),
        ("cohorts", [one.key for one in content.cohorts]),
        ("grades", [one.key for one in content.grades]),
    ):
        if not keys:
            yield Finding("evaluation.empty", _("There has to be at least one."), where)
        for key in (key for key, number in Counter(keys).items() if number > 1):
            yield Finding(
                "evaluation.twice", _("“%(key)s” stands here twice.") % {"key": key}, f"{where}.{key}"
            )
    for one in content.named:
        if one.unit not in UNITS:
            words = _("“%(unit)s” is no unit.") % {"unit": one.unit}
            yield Finding("evaluation.unit", words, f"figures.{one.key}")
    if not 0 <= content.decimals <= 2:
        yield Finding("evaluation.decimals", _("Scores have no, one or two decimals."), "decimals")


def _weights(content: Content) -> Iterator[Finding]:
    total = total_weight(content)
    if total != WHOLE:
        words = _("The weights total %(sum)s, not 100.") % {"sum": written(total)}
        yield Finding("evaluation.weights", words, "weights")
    for part in content.parts:
        if part.weight <= 0:
            yield Finding("evaluation.weight", _("A weight is more than nothing."), f"parts.{part.key}")
        if part.cap <= 0:
            yield Finding("evaluation.cap", _("A cap is more than nothing."), f"parts.{part.key}")


def _most(content: Content) -> Iterator[Finding]:
    """With every part full, the sheet says a hundred and no more, also when it rounds each part up."""
    if total_weight(content) != WHOLE or not 0 <= content.decimals <= 2:
        return
    most = sum((rounded(one.cap * one.weight / 100, content.decimals) for one in content.parts), Fraction(0))
    if most > WHOLE:
        words = _("With every part full, the score would be %(sum)s, above 100.") % {"sum": written(most)}
        yield Finding("evaluation.too_much", words, "parts")


def _titles(content: Content) -> Iterator[Finding]:
    named = (
        [("title", content.title)]
        + [(f"parts.{one.key}", one.title) for one in content.parts]
        + [(f"figures.{one.key}", one.title) for one in content.figures]
        + [(f"constants.{one.key}", one.title) for one in content.constants]
        + [(f"cohorts.{one.key}", one.title) for one in content.cohorts]
        + [(f"grades.{one.key}", one.title) for one in content.grades]
    )
    for where, title in named:
        if not (title.zh and title.en):
            yield Finding("evaluation.untitled", _("It wants a title in both languages."), where)


def _sources(content: Content) -> Iterator[Finding]:
    """What is said to come from records is something that records answer, in that unit."""
    known = {RECORDS: FROM_RECORDS, PUBLICATIONS: FROM_PUBLICATIONS}
    for one in content.figures:
        if one.source not in known:
            continue
        unit = known[one.source].get(one.key)
        if unit is None:
            words = _("Records do not answer “%(key)s”.") % {"key": one.key}
            yield Finding("evaluation.source", words, f"figures.{one.key}")
        elif one.unit != unit:
            words = _("“%(key)s” is counted in %(unit)s.") % {"key": one.key, "unit": unit}
            yield Finding("evaluation.source_unit", words, f"figures.{one.key}")


def _formulas(content: Content) -> Iterator[Finding]:
    for part in content.parts:
        where = f"parts.{part.key}"
        try:
            formula = formula_of(part.formula)
            check_units(formula, content.units)
            nothing: dict[str, Fraction | int] = {one.key: 0 for one in content.figures}
            for cohort in content.cohorts:
                evaluate(formula, {**nothing, **cohort.values})
        except FormulaError as refusal:
            yield Finding(refusal.code, str(refusal.message), where, refusal.at + 1)
    for figure in content.figures:
        if figure.step <= 0:
            yield Finding("evaluation.step", _("A step is more than nothing."), f"figures.{figure.key}")


def _cohorts(content: Content) -> Iterator[Finding]:
    wanted = {one.key for one in content.constants}
    for cohort in content.cohorts:
        where = f"cohorts.{cohort.key}"
        if missing := sorted(wanted - set(cohort.values)):
            words = _("It gives no value for %(names)s.") % {"names": ", ".join(missing)}
            yield Finding("evaluation.constant", words, where)
        if unknown := sorted(set(cohort.values) - wanted):
            words = _("There is no constant %(names)s.") % {"names": ", ".join(unknown)}
            yield Finding("evaluation.constant", words, where)
    if content.cohorts and not content.cohorts[-1].is_for_all:
        words = _("The last cohort takes whoever is left: it has no condition.")
        yield Finding("evaluation.cohort_rest", words, f"cohorts.{content.cohorts[-1].key}")
    for cohort in content.cohorts[:-1]:
        if cohort.is_for_all:
            words = _("Whatever stands after a cohort without a condition is never reached.")
            yield Finding("evaluation.cohort_order", words, f"cohorts.{cohort.key}")


def _grades(content: Content) -> Iterator[Finding]:
    bounds = [one.at_least for one in content.grades]
    if any(later >= earlier for earlier, later in pairwise(bounds)):
        yield Finding("evaluation.grade_order", _("The bounds of grades go down."), "grades")
    if bounds and bounds[-1] > 0:
        words = _("The last grade begins at 0, so that every score has one.")
        yield Finding("evaluation.grade_rest", words, "grades")
