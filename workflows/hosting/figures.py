"""The records behind a figure of a monthly statement, for both sides and the office."""

from dataclasses import replace
from datetime import datetime

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.core import clock
from apps.core.errors import NotFound
from apps.core.figures import Figure
from apps.hosting.figurewords import FIGURE_NAMES
from apps.hosting.models import Statement
from apps.hosting.queries import find_statement
from apps.people.scopes import scope_of
from apps.people.views import viewer
from apps.reports.figures import exporting, read_period
from apps.reports.figures.behind import Behind, told
from apps.reports.figures.definitions import DEFINITIONS
from apps.reports.figures.scopes import Scope, names_shown
from workflows.hosting.measured import EFFECTIVE, OWN, by_the_owner


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
    if machine is None or frozen is None or not (key in DEFINITIONS or key == OWN):
        raise NotFound(_("There is no such figure."), code="hosting.no_figure")
    scope, month = Scope(scope_of(machine), machine), read_period(statement.month, now)
    if key != OWN:
        return Figure.from_json(frozen), Behind(key, scope, month)
    effective = DEFINITIONS[EFFECTIVE]
    said = replace(
        effective,
        key=OWN,
        title=FIGURE_NAMES[OWN],
        meaning=_("Of the effective hours: people of the owner's group."),
    )
    owners = Behind(EFFECTIVE, scope, month, by_the_owner(statement.agreement), said)
    return Figure.from_json(frozen), owners
