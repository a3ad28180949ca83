"""The records behind a frozen figure of a sheet, for whoever reads its evidence: those who judge it too."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotFound
from apps.core.figures import Figure, FigureUnit
from apps.evaluation.access import find_sheet
from apps.evaluation.reporting import reads_evidence
from apps.people.views import viewer
from apps.reports.figures import exporting
from apps.reports.figures.behind import behind, told
from apps.reports.figures.scopes import names_shown


@require_safe
def evaluation_figure(request: HttpRequest, ulid: str, key: str) -> HttpResponseBase:
    """A page of the records, all of them as a workbook with `excel`; of a rate the two figures that it
    follows from. 404 `evaluation.no_sheet`, `evaluation.no_figure`.
    """
    user, now = viewer(request), clock.now()
    sheet = find_sheet(ulid, user, now)
    row = sheet.figures.filter(key=key).first()
    found = behind(row.link, now) if row is not None else None
    if row is None or found is None or not reads_evidence(user, sheet, now):
        raise NotFound(_("There is no such figure."), code="evaluation.no_figure")
    if "excel" in request.GET:
        records = found.part(request.GET.get("of", "")).records(now)
        return exporting.records_book(records, names_shown(user, now))
    frozen = Figure(found.key, FigureUnit(row.unit), row.value, row.source, row.records)
    context = told(found, frozen, request.GET, user, now)
    return render(request, "evaluation_flow/figure.html", context | {"sheet": sheet})
