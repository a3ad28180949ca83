"""The pages of the yearly review: years, one year over all facilities, one table, one cell."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock
from apps.core.errors import NotFound, NotPermitted, Refusal
from apps.core.figures import UNIT_WORDS, number_of
from apps.core.refusals import add_refusal, form_page
from apps.core.workbooks import download
from apps.evaluation.crediting import papers_of
from apps.evaluation.facility import publish_review, write_cell
from apps.evaluation.facility_columns import COLUMNS
from apps.evaluation.facility_papers import paper_of
from apps.evaluation.facility_reading import (
    Told,
    cells_of,
    figure_of,
    find_table,
    grouped,
    quotients,
    totals,
)
from apps.evaluation.models import FacilityCell, FacilityReview, FacilityTable
from apps.instruments.models import Facility
from apps.instruments.queries import manages_facility
from apps.people.queries import is_office
from apps.people.views import viewer
from documents.queries import may_read
from workflows.facility_review.beginning import open_year
from workflows.facility_review.forms import CellForm, OpenForm
from workflows.facility_review.reading import (
    Line,
    find_review,
    judges,
    lines,
    may_read_papers,
    reads_records,
    reviews_for,
)
from workflows.models import Case

READ_WRITE = ["GET", "HEAD", "POST"]
PAGE = 50


@require_http_methods(READ_WRITE)
def facility_review_list(request: HttpRequest) -> HttpResponse:
    """The years of which one may read something; the office opens another."""
    user, now = viewer(request), clock.now()
    office = is_office(user, now)
    form = OpenForm(request.POST or None, initial={"year": now.year})
    if request.method == "POST":
        if not office:
            raise NotPermitted(_("Only the equipment office may do this."), code="people.office_only")
        if form.is_valid():
            try:
                review = open_year(**form.cleaned_data, by=user, now=now)
            except Refusal as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("Every facility has been asked to complete its table."))
                return redirect("facility_review", review.year)
    context = {"reviews": reviews_for(user, now), "form": form, "office": office}
    return form_page(request, "facility_review/page_years.html", context, form)


@require_safe
def facility_review(request: HttpRequest, year: int) -> HttpResponse:
    """One year: how far each facility has come, and each column over all of them."""
    user, now = viewer(request), clock.now()
    review = find_review(year, user, now)
    found = lines(review, user, now)
    office = is_office(user, now)
    context = {
        "review": review,
        "lines": found,
        "office": office,
        "judges": judges(review) if office else [],
        "totals": totals(_cells(found).values()),
        "can_publish": office
        and review.state == FacilityReview.State.OPEN
        and all(one.table.state == FacilityTable.State.SCORED for one in found),
    }
    return render(request, "facility_review/page_year.html", context)


@require_POST
def facility_review_publish(request: HttpRequest, year: int) -> HttpResponse:
    """The office publishes all tables and scores."""
    user, now = viewer(request), clock.now()
    review = find_review(year, user, now)
    try:
        publish_review(review=review, by=user, now=now)
    except NotPermitted:
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Published: everybody who is signed in may read it."))
    return redirect("facility_review", year)


@require_safe
def facility_review_export(request: HttpRequest, year: int) -> FileResponse:
    """One year as a workbook: a row for each facility, a column for each of the table with its unit. Scores
    are the office's until the year is published.
    """
    user, now = viewer(request), clock.now()
    review = find_review(year, user, now)
    found = lines(review, user, now)
    told = review.state == FacilityReview.State.PUBLISHED or is_office(user, now)
    headings = [
        _("Facility"),
        _("State"),
        _("Score"),
        *(f"{one.title} ({UNIT_WORDS[one.unit]})" for one in COLUMNS.values()),
    ]
    return download(
        filename=f"facilities-{year}.xlsx",
        sheet=str(year),
        headings=headings,
        rows=_rows(found, scores=told),
    )


@require_safe
def facility_table(request: HttpRequest, ulid: str) -> HttpResponse:
    """The table of one facility: numbers with their records, notes, ratios, and what can be completed."""
    user, now = viewer(request), clock.now()
    table = find_table(ulid, user, now)
    cells = cells_of(table)
    collecting = table.state == FacilityTable.State.COLLECTING
    published = table.state == FacilityTable.State.PUBLISHED
    paper = paper_of(table) if published or table.state == FacilityTable.State.SCORED else None
    context = {
        "table": table,
        "groups": grouped(cells),
        "open": sum(one.cell.is_open for one in cells),
        "first_open": next((one for one in cells if one.cell.is_open), None),
        "ratios": quotients({one.column.key: one.figure for one in cells}),
        "writes": collecting and manages_facility(user, table.facility, now),
        "drills": reads_records(table, user, now),
        "scores": table.scores.select_related("user").order_by("pk") if published else [],
        "paper": paper if paper is not None and may_read(user, paper, now) else None,
        "case": Case.objects.filter(flow="facility_review", subject_ref=f"facility_table:{ulid}").first(),
    }
    return render(request, "facility_review/page_table.html", context)


@require_http_methods(READ_WRITE)
def facility_cell(request: HttpRequest, ulid: str, key: str) -> HttpResponse:
    """One cell is written by who manages the facility."""
    user, now = viewer(request), clock.now()
    table = find_table(ulid, user, now)
    cell = _cell(table, key)
    if not manages_facility(user, table.facility, now):
        raise NotPermitted(_("This is for the head of the facility."), code="facility.not_manager")
    column, figure = COLUMNS[key], figure_of(cell)
    initial = {"note": cell.note, "value": number_of(figure) if figure else None}
    form = CellForm(request.POST or None, cell=cell, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            value, note = form.cleaned_data.get("value"), form.cleaned_data["note"]
            write_cell(cell=cell, value=value, note=note, by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved: %(title)s.") % {"title": column.title})
            return redirect("facility_table", ulid)
    told = Told(column, cell, figure)
    context = {"table": table, "told": told, "form": form}
    return form_page(request, "facility_review/page_cell.html", context, form)


@require_safe
def facility_papers(request: HttpRequest, year: int, ulid: str) -> HttpResponse:
    """The core papers of a facility in a year, and which sheets claim them: what the column counts."""
    user, now = viewer(request), clock.now()
    facility = Facility.objects.select_related("lab").filter(ulid=ulid).first()
    if facility is None or not may_read_papers(facility, year, user, now):
        raise NotFound(_("There is no such facility."), code="facility.no_facility")
    page = Paginator(papers_of(facility, year), PAGE).get_page(request.GET.get("page"))
    context = {"facility": facility, "year": year, "page": page}
    return render(request, "facility_review/page_papers.html", context)


def _cell(table: FacilityTable, key: str) -> FacilityCell:
    found = table.cells.filter(key=key).first()
    if found is None:
        raise NotFound(_("There is no such cell."), code="facility.no_cell")
    return found


def _cells(found: Sequence[Line]) -> dict[int, list[FacilityCell]]:
    """The cells of the tables, by table. One query."""
    cells: dict[int, list[FacilityCell]] = {one.table.pk: [] for one in found}
    for cell in FacilityCell.objects.filter(table__in=list(cells)).order_by("pk"):
        cells[cell.table_id].append(cell)
    return cells


def _rows(found: Sequence[Line], *, scores: bool) -> Iterator[Sequence[Any]]:
    cells = _cells(found)
    for one in found:
        by_key = {cell.key: cell for cell in cells[one.table.pk]}
        score = one.table.score if scores else None
        yield (
            str(one.table.facility),
            one.table.get_state_display(),
            number_of_score(score),
            *(_written(by_key[key]) for key in COLUMNS),
        )


def number_of_score(score: int | None) -> Decimal | None:
    """Points with two decimals, from hundredths."""
    return None if score is None else Decimal(score) / 100


def _written(cell: FacilityCell) -> Any:
    figure = figure_of(cell)
    return number_of(figure) if figure is not None else cell.note
