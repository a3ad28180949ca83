"""Sheets of a round as a table: filtered, ordered, counted, exported. Who sees which is `access`'s to say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.evaluation.access import visible_sheets
from apps.evaluation.models import Round, Sheet
from apps.people.models import User
from rules.points.evaluation_score import PANEL

PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """Which sheets: words of a name or number, state, grade, cohort, the panel's, those that were
    appealed.
    """

    text: str = ""
    state: str = ""
    grade: str = ""
    cohort: str = ""
    way: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wanted":
        """From the query of an address."""
        found = {
            name: query.get(name, "").strip()[:80] for name in ("text", "state", "grade", "cohort", "way")
        }
        return cls(**found)

    @property
    def narrows(self) -> bool:
        return any((self.text, self.state, self.grade, self.cohort, self.way))


def listed(round_: Round, user: User, wanted: Wanted, now: datetime) -> QuerySet[Sheet]:
    """The sheets that somebody may see and wants, the best first once they are scored."""
    found = visible_sheets(user, round_, now)
    if wanted.text:
        found = matching(found, wanted.text)
    for name in ("state", "grade", "cohort"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if wanted.way == PANEL:
        found = found.filter(way=PANEL)
    elif wanted.way == "appeal":
        found = found.filter(appeal__isnull=False)
    return found.order_by("-total", "id") if round_.scored_at else found.order_by("id")


def matching(sheets: QuerySet[Sheet], text: str) -> QuerySet[Sheet]:
    """Those whose number, name or unit has these words."""
    return sheets.filter(
        Q(instrument__asset_no__icontains=text)
        | Q(instrument__name_zh__icontains=text)
        | Q(instrument__name_en__icontains=text)
        | Q(lab__name_zh__icontains=text)
        | Q(lab__name_en__icontains=text)
        | Q(unit__name_zh__icontains=text)
        | Q(unit__name_en__icontains=text)
    )


def states(sheets: QuerySet[Sheet]) -> list[tuple[str, str, int]]:
    """How many are in which state: key, words, number. One query."""
    counts = dict(sheets.order_by().values_list("state").annotate(number=Count("id")))
    return [(key, str(label), counts.get(key, 0)) for key, label in Sheet.State.choices]


def grades(round_: Round, sheets: QuerySet[Sheet]) -> list[tuple[str, str, int]]:
    """How many got which grade. One query."""
    counts = dict(sheets.order_by().values_list("grade").annotate(number=Count("id")))
    return [(one.key, str(one.title), counts.get(one.key, 0)) for one in round_.version.tree.grades]


def exported(round_: Round, sheets: QuerySet[Sheet]) -> Iterator[tuple[Any, ...]]:
    """The rows of the Excel file: subject, unit, cohort, state, what each part came to, score, grade."""
    content = round_.version.tree
    titles = {one.key: str(one.title) for one in content.grades}
    titles |= {one.key: str(one.title) for one in content.cohorts}
    for one in sheets.select_related("score").iterator(chunk_size=500):
        lines = {line["part"]: line["weighted"] for line in one.score.lines} if hasattr(one, "score") else {}
        yield (
            one.code,
            one.name_zh,
            one.name_en,
            str(one.unit.name_zh),
            titles.get(one.cohort, one.cohort),
            str(Sheet.State(one.state).label),
            *(Decimal(lines[part.key]) / 100 if part.key in lines else None for part in content.parts),
            Decimal(one.computed) / 100 if one.computed is not None else None,
            Decimal(one.total) / 100 if one.total is not None else None,
            titles.get(one.grade, ""),
        )
