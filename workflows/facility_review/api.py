"""Yearly tables of facilities for programs: read, and completed by who manages the facility. They are
confirmed and scored as tasks are.
"""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router
from pydantic import Field

from apps.core import clock
from apps.core.api import Asked, Told
from apps.core.errors import NotFound
from apps.core.figures import FigureUnit
from apps.evaluation.facility import write_cell
from apps.evaluation.facility_reading import Told as CellRead
from apps.evaluation.facility_reading import cells_of, find_table, quotients
from apps.evaluation.models import FacilityReview, FacilityTable
from apps.people.views import viewer
from apps.tokens.auth import scoped
from workflows.facility_review.reading import find_review, lines, reviews_for

router = Router(tags=["facility reviews"])


class ReviewTold(Told):
    """A year that is reviewed."""

    year: int
    state: FacilityReview.State
    published_at: datetime | None


class LineTold(Told):
    """A facility in it: how many of its cells say something."""

    ulid: str
    facility: str
    state: FacilityTable.State
    said: int
    cells: int


class CellTold(Told):
    """A cell: a number in the smallest step of its unit, or a note; with neither it is open."""

    key: str
    unit: FigureUnit
    value: int | None
    note: str
    source: str
    records: int


class RatioTold(Told):
    """A ratio, worked out from two cells; null where one of them has no number."""

    key: str
    unit: FigureUnit | None
    value: int | None


class FacilityTableTold(Told):
    """A table. `score` is in hundredths of a point, null until it is published."""

    ulid: str
    facility: str
    year: int
    state: FacilityTable.State
    score: int | None
    cells: list[CellTold]
    ratios: list[RatioTold]


class CellAsked(Asked):
    """A number, where only the facility knows it, or a note; with neither the records speak again."""

    value: int | None = Field(None, ge=0)
    note: str = Field("", max_length=200)


@router.get("", response=list[ReviewTold], **scoped("figures:read", _("Yearly reviews of facilities")))
def facility_reviews(request: HttpRequest) -> list[FacilityReview]:
    """Those of which you may read something, the latest year first."""
    return reviews_for(viewer(request), clock.now())


@router.get("/{year}", response=list[LineTold], **scoped("figures:read", _("The facilities of a year")))
def facility_review_tables(request: HttpRequest, year: int) -> list[LineTold]:
    """Those of which you may read the table. 404 `facility.no_review`."""
    user, now = viewer(request), clock.now()
    return [
        LineTold(
            ulid=one.table.ulid,
            facility=str(one.table.facility),
            state=FacilityTable.State(one.table.state),
            said=one.said,
            cells=one.cells,
        )
        for one in lines(find_review(year, user, now), user, now)
    ]


@router.get(
    "/tables/{ulid}", response=FacilityTableTold, **scoped("figures:read", _("The table of a facility"))
)
def facility_table_of(request: HttpRequest, ulid: str) -> FacilityTableTold:
    """404 `facility.no_table`."""
    return _table(find_table(ulid, viewer(request), clock.now()))


@router.put(
    "/tables/{ulid}/cells/{key}",
    response=FacilityTableTold,
    **scoped("facility-tables:write", _("Write a cell of the table of a facility")),
)
def write_facility_cell(request: HttpRequest, ulid: str, key: str, asked: CellAsked) -> FacilityTableTold:
    """403 `facility.not_manager`; 404 `facility.no_table`, `facility.no_cell`; 409 `facility.confirmed`; 422
    `facility.measured`, `facility.both`.
    """
    user, now = viewer(request), clock.now()
    table = find_table(ulid, user, now)
    cell = table.cells.filter(key=key).first()
    if cell is None:
        raise NotFound(_("There is no such cell."), code="facility.no_cell")
    write_cell(cell=cell, value=asked.value, note=asked.note, by=user, now=now)
    return _table(table)


def _table(table: FacilityTable) -> FacilityTableTold:
    cells = cells_of(table)
    ratios = quotients({one.column.key: one.figure for one in cells})
    published = table.state == FacilityTable.State.PUBLISHED
    return FacilityTableTold(
        ulid=table.ulid,
        facility=str(table.facility),
        year=table.review.year,
        state=FacilityTable.State(table.state),
        score=table.score if published else None,
        cells=[_cell(one) for one in cells],
        ratios=[
            RatioTold(key=one.key, unit=found.unit if found else None, value=found.value if found else None)
            for one, found in ratios
        ],
    )


def _cell(one: CellRead) -> CellTold:
    cell = one.cell
    return CellTold(
        key=cell.key,
        unit=one.column.unit,
        value=cell.value,
        note=cell.note,
        source=cell.source,
        records=cell.records,
    )
