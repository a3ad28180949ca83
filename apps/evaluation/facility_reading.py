"""The yearly table as it is read: cells with their titles, ratios from two cells, sums over all facilities
of one column in one unit. A cell with a note is in no sum and in no ratio; how many there were is said
beside. Changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound, Text
from apps.core.figures import Figure, FigureUnit, per, ratio, total
from apps.evaluation.facility import may_see
from apps.evaluation.facility_columns import COLUMNS, NOT_ADDED, QUOTIENTS, Column, Quotient
from apps.evaluation.linking import cell_link
from apps.evaluation.models import FacilityCell, FacilityReview, FacilityTable
from apps.people.models import User


@dataclass(frozen=True, slots=True)
class Told:
    """A cell as it is shown: its column, and its number or its note (or neither, while it is open)."""

    column: Column
    cell: FacilityCell
    figure: Figure | None

    @property
    def link(self) -> str:
        """Where its records are, for who opens them; '' where nothing lists them."""
        return cell_link(self.cell)


@dataclass(frozen=True, slots=True)
class Group:
    """Cells that stand together; `open` of them say nothing yet."""

    title: Text
    cells: Sequence[Told]
    open: int


@dataclass(frozen=True, slots=True)
class Total:
    """A column over all facilities; `notes` of them gave no number. None where it is not added."""

    column: Column
    figure: Figure | None
    notes: int


def reviews() -> QuerySet[FacilityReview]:
    """All of them, the latest year first."""
    return FacilityReview.objects.order_by("-year")


def find_table(ulid: str, user: User, now: datetime) -> FacilityTable:
    """A table that the person may read. Raises NotFound `facility.no_table` for any other."""
    rows = FacilityTable.objects.select_related("facility__lab", "review", "confirmed_by")
    found = rows.filter(ulid=ulid).first()
    if found is None or not may_see(user, found, now):
        raise NotFound(_("There is no such table."), code="facility.no_table")
    return found


def cells_of(table: FacilityTable) -> list[Told]:
    """The cells in the order of the columns. One query."""
    cells = {cell.key: cell for cell in table.cells.select_related("by")}
    return [
        Told(column, cells[key], figure_of(cells[key])) for key, column in COLUMNS.items() if key in cells
    ]


def grouped(cells: Iterable[Told]) -> list[Group]:
    """The cells by the groups of their columns, in their order. Pure."""
    found: dict[str, list[Told]] = {}
    for one in cells:
        found.setdefault(str(one.column.group), []).append(one)
    return [
        Group(rows[0].column.group, rows, sum(one.cell.is_open for one in rows)) for rows in found.values()
    ]


def figure_of(cell: FacilityCell) -> Figure | None:
    """The number of a cell with its unit; None for a note and for what says nothing yet."""
    if cell.value is None:
        return None
    unit = FigureUnit(cell.unit)
    return Figure(cell.key, unit, cell.value, cell.source, cell.records, cell.digest, cell.link)


def quotients(figures: Mapping[str, Figure | None]) -> list[tuple[Quotient, Figure | None]]:
    """The ratios, each from its two columns; None where one of them has no number. Pure."""
    return [(one, _quotient(one, figures.get(one.part), figures.get(one.whole))) for one in QUOTIENTS]


def totals(tables: Iterable[Iterable[FacilityCell]]) -> list[Total]:
    """Each column over all tables. Pure."""
    columns: dict[str, list[FacilityCell]] = {key: [] for key in COLUMNS}
    for cells in tables:
        for cell in cells:
            columns[cell.key].append(cell)
    return [_total(COLUMNS[key], cells) for key, cells in columns.items()]


def _total(column: Column, cells: list[FacilityCell]) -> Total:
    figures = [figure for cell in cells if (figure := figure_of(cell)) is not None]
    notes = len(cells) - len(figures)
    if column.key in NOT_ADDED:
        return Total(column, None, notes)
    return Total(column, total(column.key, figures, column.unit), notes)


def _quotient(one: Quotient, part: Figure | None, whole: Figure | None) -> Figure | None:
    if part is None or whole is None or not whole.value:
        return None
    return per(one.key, part, whole, step=one.step) if one.step else ratio(one.key, part, whole)
