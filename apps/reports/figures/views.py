"""The pages of figures: a table with its chart, the records behind one figure, and both as files. Reads
only.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.figures import UNIT_WORDS
from apps.people.models import User
from apps.people.views import viewer
from apps.reports.figures import exporting
from apps.reports.figures.charting import bars_of
from apps.reports.figures.definitions import DEFINITIONS
from apps.reports.figures.drilling import Records, listed
from apps.reports.figures.forms import (
    FigureForm,
    asked_order,
    asked_part,
    asked_period,
    asked_rows,
    free_days,
)
from apps.reports.figures.periods import Period
from apps.reports.figures.scopes import Scope, find_scope, names_shown, scopes_for
from apps.reports.figures.tables import Row, Table, over_time, read_by, table

RECORDS = 50


@require_safe
def figure_list(request: HttpRequest) -> HttpResponse:
    """The figures of a scope in a period. Raises NotFound `figures.no_scope`, Invalid `figures.period`,
    `figures.by`.
    """
    user, now = viewer(request), clock.now()
    period, by, part = _asked(request, now)
    choices = scopes_for(user, now)
    widest = choices[0].text if choices else ""
    scope = find_scope(request.GET.get("scope") or widest, user, now)
    found = table(scope, period, by, at=now)
    shown = [one for one in DEFINITIONS.values() if one.part is part]
    order, rows = asked_order(request.GET.get("order", ""), part), asked_rows(request.GET.get("rows", ""))
    chosen = {"scope": scope.text, "period": period.key, "by": by, "show": part, **free_days(period)}
    form = FigureForm(
        initial=chosen | {"order": order, "rows": rows}, choices=choices, period=period, part=part, at=now
    )
    page = Paginator(_ordered(found.rows, order), rows).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "scope": scope,
        "period": period,
        "definitions": shown,
        "page": page,
        "rows": [(row, [row.figures[one.key] for one in shown]) for row in page],
        "whole": [found.whole.figures[one.key] for one in shown],
        "instruments": found.whole.instruments,
        "chart": bars_of(over_time(scope, period)),
        "units": UNIT_WORDS,
        "runs": period.until > now,
    }
    return render(request, "reports/figures.html", context)


def _ordered(rows: Sequence[Row], order: str) -> Sequence[Row]:
    """Most of a figure first, or by name; as they come without an order."""
    if order == "name":
        return sorted(rows, key=lambda row: row.name)
    return sorted(rows, key=lambda row: -row.figures[order].value) if order else rows


@require_safe
def figure_export(request: HttpRequest) -> FileResponse:
    """The same as a workbook, every figure: one sheet for each unit, and what they mean. Raises as the
    page.
    """
    scope, period, found = _table(request)
    return exporting.workbook(scope, period, found)


@require_safe
def figure_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same as comma-separated values in UTF-8, a line for each row and figure. Raises as the page."""
    scope, period, found = _table(request)
    return exporting.lines(scope, period, found)


@require_safe
def figure_records(request: HttpRequest, key: str) -> HttpResponse:
    """The records behind a figure; of a rate the two figures that it follows from. Raises NotFound
    `figures.no_scope`, `figures.no_figure`; Invalid `figures.period`.
    """
    user, now = viewer(request), clock.now()
    scope, period = _scope(request, user, now), asked_period(request.GET, now)
    if key == "use_rate":
        parts = [Records(name, scope, period, now).total() for name in ("effective_hours", "open_hours")]
        context = _told(key, scope, period) | {"parts": [(DEFINITIONS[one.key], one) for one in parts]}
        return render(request, "reports/figure_rate.html", context)
    records = Records(key, scope, period, now)
    page = records.pages(RECORDS).get_page(request.GET.get("page"))
    rows = listed(page.object_list, names_shown(user, now), scope.instruments())
    context = _told(key, scope, period) | {
        "page": page,
        "rows": [(row, row.figure(key)) for row in rows],
        "total": records.total(),
    }
    return render(request, "reports/figure_records.html", context)


@require_safe
def figure_records_export(request: HttpRequest, key: str) -> FileResponse:
    """All records behind a figure as a workbook, in constant memory. Raises as the page."""
    user, now = viewer(request), clock.now()
    scope, period = _scope(request, user, now), asked_period(request.GET, now)
    records = Records(key, scope, period, now)
    return exporting.records_book(records, names_shown(user, now))


def _told(key: str, scope: Scope, period: Period) -> dict[str, Any]:
    return {
        "definition": DEFINITIONS[key],
        "scope": scope,
        "period": period,
        "unit": UNIT_WORDS[DEFINITIONS[key].unit],
    }


def _scope(request: HttpRequest, user: User, now: datetime) -> Scope:
    return find_scope(request.GET.get("scope", ""), user, now, request.GET.get("part", ""))


def _asked(request: HttpRequest, now: datetime) -> tuple[Period, Any, Any]:
    asked = request.GET
    return asked_period(asked, now), read_by(asked.get("by", "")), asked_part(asked.get("show", ""))


def _table(request: HttpRequest) -> tuple[Scope, Period, Table]:
    now = clock.now()
    period, by, _part = _asked(request, now)
    scope = find_scope(request.GET.get("scope", ""), viewer(request), now)
    return scope, period, table(scope, period, by, at=now)
