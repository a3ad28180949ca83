"""The records behind a figure of a monthly statement, for both sides and the office."""

from datetime import datetime

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotFound
from apps.core.figures import Figure
from apps.hosting.models import Statement
from apps.hosting.queries import find_statement
from apps.people.scopes import scope_of
from apps.people.views import viewer
from apps.reports.figures import exporting, read_period
from apps.reports.figures.behind import Behind, told
from apps.reports.figures.definitions import DEFINITIONS
from apps.reports.figures.scopes import Scope, names_shown


@require_safe
def hosting_figure(request: HttpRequest, ulid: str, key: str) -> HttpResponse:
    """The records behind a figure; of a rate the two figures that it follows from. 404
    `hosting.no_statement`, `hosting.no_figure`.
    """
    user, now = viewer(request), clock.now()
    statement = find_statement(ulid, user, now)
    frozen, found = _stated(statement, key, now)
    context = told(found, frozen, request.GET, user, now)
    context |= {"statement": statement, "agreement": statement.agreement}
    return render(request, "hosting/figure.html", context)


@require_safe
def hosting_figure_export(request: HttpRequest, ulid: str, key: str) -> FileResponse:
    """All records behind a figure of a statement as a workbook, in constant memory. Raises as the page, and
    for a rate.
    """
    user, now = viewer(request), clock.now()
    _frozen, found = _stated(find_statement(ulid, user, now), key, now)
    return exporting.records_book(found.records(now), names_shown(user, now))


def _stated(statement: Statement, key: str, now: datetime) -> tuple[Figure, Behind]:
    """A figure as the statement says it, and which records are meant. Raises NotFound `hosting.no_figure`."""
    machine, frozen = statement.agreement.instrument, statement.content["figures"].get(key)
    if machine is None or frozen is None or key not in DEFINITIONS:
        raise NotFound(_("There is no such figure."), code="hosting.no_figure")
    month = read_period(statement.month, now)
    return Figure.from_json(frozen), Behind(key, Scope(scope_of(machine), machine), month)
