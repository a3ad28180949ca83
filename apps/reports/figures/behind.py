"""The records behind a frozen figure, for whoever may read what it stands in: a statement, a sheet. Who that
is the page says; here nobody is asked. The frozen number stays, records are as they are now, and people are
named only to those who manage the instruments.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db.models import Q
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotFound
from apps.core.figures import UNIT_WORDS, Figure
from apps.people.models import User
from apps.people.scopes import scope_of, target_of
from apps.reports.figures.definitions import DEFINITIONS, Definition
from apps.reports.figures.drilling import Records, listed
from apps.reports.figures.periods import Period, read_period
from apps.reports.figures.scopes import Row, Scope, names_shown

PAGE = 50
RATE = "use_rate"
PARTS = ("effective_hours", "open_hours")


@dataclass(frozen=True, slots=True)
class Behind:
    """Which records: of what, in which period, for which figure. `only` narrows a figure in hours to some of
    its uses; then `definition` says what it is.
    """

    key: str
    scope: Scope
    period: Period
    only: Q | None = None
    definition: Definition | None = None

    def part(self, asked: str) -> "Behind":
        """Of a rate the one of its two figures that is asked for, else the same."""
        return Behind(asked, self.scope, self.period) if self.key == RATE and asked in PARTS else self

    def records(self, now: datetime) -> Records:
        """They themselves. Raises NotFound `figures.no_figure` for a rate."""
        return Records(self.key, self.scope, self.period, now, self.only)


def behind(link: str, now: datetime) -> Behind | None:
    """Which records the address of a figure means; None for an address of another kind, or of something that
    there is no more.
    """
    address = urlsplit(link)
    try:
        found = resolve(address.path)
    except Resolver404:
        return None
    if found.url_name != "figure_records" or found.kwargs["key"] not in DEFINITIONS:
        return None
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    row = target_of(asked.get("scope", ""))
    inner = target_of(asked["part"]) if "part" in asked else None
    if not isinstance(row, Row) or ("part" in asked and not isinstance(inner, Row)):
        return None
    part = Scope(scope_of(inner), inner) if isinstance(inner, Row) else None
    try:
        period = read_period(asked.get("period", ""), now)
    except Invalid:
        return None
    return Behind(found.kwargs["key"], Scope(scope_of(row), row, part), period)


def told(found: Behind | None, frozen: Figure, asked: QueryDict, user: User, now: datetime) -> dict[str, Any]:
    """What `reports/behind_part.html` shows: a page of records, or of a rate its two parts (`of` chooses
    one). Raises NotFound `figures.no_figure` where nothing is known of the records.
    """
    if found is None:
        raise NotFound(_("There is no such figure."), code="figures.no_figure")
    chosen = found.part(asked.get("of", ""))
    context: dict[str, Any] = {
        "frozen": frozen if chosen == found else None,
        "definition": chosen.definition or DEFINITIONS[chosen.key],
        "unit": UNIT_WORDS[DEFINITIONS[chosen.key].unit],
        "period": chosen.period,
    }
    if chosen.key == RATE:
        parts = [found.part(key).records(now).total() for key in PARTS]
        return context | {"parts": [(DEFINITIONS[one.key], one) for one in parts]}
    records = chosen.records(now)
    total, page = records.total(), records.pages(PAGE).get_page(asked.get("page"))
    rows = listed(page.object_list, names_shown(user, now), records.scope.instruments())
    return context | {
        "page": page,
        "rows": [(row, row.figure(chosen.key)) for row in rows],
        "total": total,
        "moved": chosen == found and (total.value, total.records) != (frozen.value, frozen.records),
    }
