"""The records behind a number of a facility's table: for who manages it, for the office, for its panel."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotFound
from apps.evaluation.facility_reading import figure_of, find_table
from apps.people.views import viewer
from apps.reports.figures import exporting
from apps.reports.figures.behind import behind, told
from apps.reports.figures.scopes import names_shown
from workflows.facility_review.reading import reads_records


@require_safe
def facility_figure(request: HttpRequest, ulid: str, key: str) -> HttpResponseBase:
    """A page of the records, all of them as a workbook with `excel`. 404 `facility.no_table`,
    `facility.no_cell`.
    """
    user, now = viewer(request), clock.now()
    table = find_table(ulid, user, now)
    cell = table.cells.filter(key=key).first()
    frozen = figure_of(cell) if cell is not None else None
    found = behind(frozen.link, now) if frozen is not None else None
    if frozen is None or found is None or not reads_records(table, user, now):
        raise NotFound(_("There is no such cell."), code="facility.no_cell")
    if "excel" in request.GET:
        return exporting.records_book(found.records(now), names_shown(user, now))
    context = told(found, frozen, request.GET, user, now)
    return render(request, "facility_review/page_figure.html", context | {"table": table})
