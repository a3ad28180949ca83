"""The yearly table of facilities: opened by the office, its cells written from figures that come as
arguments, completed and confirmed by each facility, published. A confirmed table never changes, whatever
becomes of the records behind it. How a panel scores it is `facility_scoring`'s.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.figures import Figure
from apps.evaluation.facility_columns import COLUMNS
from apps.evaluation.models import (
    FacilityCell,
    FacilityReview,
    FacilityTable,
)
from apps.instruments.models import CrewMember, Facility
from apps.instruments.queries import manages_facility
from apps.panels.models import PanelSeat
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.requirements import require_office

State = FacilityTable.State
_YEARS = (2000, 2100)
_LARGEST = 10**15


@transaction.atomic
def open_review(
    *,
    year: int,
    figures: Mapping[int, Mapping[str, Figure]],
    by: User | None,
    now: datetime,
) -> FacilityReview:
    """The review of a calendar year with a table for each facility (by key) whose figures are given; a column
    that no figure comes for waits for the facility. Raises NotPermitted `people.office_only`; Invalid
    `facility.year`; WrongState `facility.year_taken`.
    """
    require_office(by, now)
    if not _YEARS[0] <= year < _YEARS[1]:
        raise Invalid(_("There is no such year."), code="facility.year", field="year")
    if FacilityReview.objects.filter(year=year).exists():
        raise _taken()
    try:
        with transaction.atomic():
            review = FacilityReview.objects.create(year=year, opened_at=now, opened_by=by)
    except IntegrityError as exc:
        raise _taken() from exc
    for facility in Facility.objects.filter(pk__in=figures).order_by("code"):
        table = FacilityTable.objects.create(review=review, facility=facility, generated_at=now)
        FacilityCell.objects.bulk_create(
            _cell(table, key, figures[facility.pk].get(key), now) for key in COLUMNS
        )
    recorded("facility.open_review", f"facility_review:{review.ulid}", by, now, year=year)
    return review


def _taken() -> WrongState:
    return WrongState(
        _("The facilities of this year are reviewed already."), code="facility.year_taken", field="year"
    )


def _cell(table: FacilityTable, key: str, figure: Figure | None, now: datetime) -> FacilityCell:
    """A cell as it is generated. Raises Invalid `facility.unit` for a figure of another unit."""
    column = COLUMNS[key]
    cell = FacilityCell(table=table, key=key, unit=column.unit.value, at=now)
    if figure is None or column.entered:
        return cell
    if figure.unit is not column.unit:
        raise Invalid(_("This figure has another unit than its column."), code="facility.unit", field=key)
    cell.value = cell.measured = figure.value
    cell.source, cell.records = figure.source, figure.records
    cell.digest, cell.link = figure.digest, figure.link
    return cell


@transaction.atomic
def write_cell(*, cell: FacilityCell, value: int | None, note: str, by: User, now: datetime) -> FacilityCell:
    """What the facility says in a cell: a number where only it knows one, or a note; with neither, a measured
    cell says again what the records said. Raises NotPermitted `facility.not_manager`; WrongState
    `facility.confirmed`; Invalid `facility.measured` for a number where records speak, `facility.value`,
    `facility.both`.
    """
    table = locked(cell.table)
    require_manager(by, table, now)
    _require_collecting(table)
    note = note.strip()
    if value is not None and note:
        raise Invalid(_("A cell is a number or a note."), code="facility.both", field=cell.key)
    if value is not None and not cell.is_entered:
        raise Invalid(
            _("This number comes from records. Where it would mislead, write a note."),
            code="facility.measured",
            field=cell.key,
        )
    if value is not None and not 0 <= value <= _LARGEST:
        raise Invalid(_("Write a number that is not negative."), code="facility.value", field=cell.key)
    cell.note = note[:200]
    cell.value = None if note else (value if cell.is_entered else cell.measured)
    cell.by, cell.at = by, now
    cell.save(update_fields=["value", "note", "by", "at"])
    recorded("facility.write_cell", f"facility_table:{table.ulid}", by, now, key=cell.key)
    return cell


@transaction.atomic
def confirm_table(*, table: FacilityTable, by: User | None, now: datetime) -> FacilityTable:
    """The facility confirms: nothing changes any more. Raises NotPermitted `facility.not_manager`; WrongState
    `facility.confirmed`; Invalid `facility.incomplete` with the columns that say nothing.
    """
    table = locked(table)
    require_manager(by, table, now)
    _require_collecting(table)
    missing = [cell.key for cell in table.cells.filter(value__isnull=True, note="")]
    if missing:
        raise Invalid(
            _("Every cell wants a number or a note."),
            code="facility.incomplete",
            missing=[str(COLUMNS[key].title) for key in COLUMNS if key in missing],
        )
    table.state, table.confirmed_at, table.confirmed_by = State.CONFIRMED, now, by
    table.save(update_fields=["state", "confirmed_at", "confirmed_by"])
    recorded("facility.confirm_table", f"facility_table:{table.ulid}", by, now)
    return table


@transaction.atomic
def publish_review(*, review: FacilityReview, by: User | None, now: datetime) -> FacilityReview:
    """All tables and scores are published. Raises NotPermitted `people.office_only`; WrongState
    `facility.published`, `facility.not_all` while a table is not scored.
    """
    require_office(by, now)
    review = FacilityReview.objects.select_for_update(no_key=True).get(pk=review.pk)
    if review.state == FacilityReview.State.PUBLISHED:
        raise WrongState(_("This review is published already."), code="facility.published")
    waiting = review.tables.exclude(state=State.SCORED).count()
    if waiting:
        raise WrongState(_("Not every facility has been scored."), code="facility.not_all", waiting=waiting)
    review.tables.update(state=State.PUBLISHED)
    review.state, review.published_at, review.published_by = FacilityReview.State.PUBLISHED, now, by
    review.save(update_fields=["state", "published_at", "published_by"])
    recorded("facility.publish_review", f"facility_review:{review.ulid}", by, now)
    return review


def judges_of(table: FacilityTable) -> list[int]:
    """The keys of those who sit on the panel of a table, in their order, without who runs an instrument of
    the facility by now or has confirmed the table. One query.
    """
    crews = CrewMember.objects.filter(instrument__facility=table.facility_id, revoked_at__isnull=True)
    seats = PanelSeat.objects.filter(panel__ulid=table.panel, state=PanelSeat.State.ACCEPTED)
    sitting = seats.exclude(user__in=crews.values("user")).exclude(Q(user=table.confirmed_by_id))
    return list(sitting.order_by("position").values_list("user", flat=True)) if table.panel else []


def require_manager(by: User | None, table: FacilityTable, now: datetime) -> None:
    """Raises NotPermitted `facility.not_manager` for whoever does not manage the facility; None is the
    system.
    """
    if by is not None and not manages_facility(by, table.facility, now):
        raise NotPermitted(_("This is for the head of the facility."), code="facility.not_manager")


def may_see(user: User, table: FacilityTable, at: datetime) -> bool:
    """Whether the person may read a table: its facility's managers, the office, the panel once it is
    confirmed, and everybody signed in once it is published.
    """
    if table.state == State.PUBLISHED or manages_facility(user, table.facility, at) or is_office(user, at):
        return True
    return table.state != State.COLLECTING and user.pk in judges_of(table)


def locked(table: FacilityTable) -> FacilityTable:
    """The table as it is now, its row locked until the transaction ends."""
    FacilityTable.objects.select_for_update(no_key=True).get(pk=table.pk)
    return FacilityTable.objects.select_related("facility__lab", "review").get(pk=table.pk)


def _require_collecting(table: FacilityTable) -> None:
    if table.state != State.COLLECTING:
        raise WrongState(
            _("This table is confirmed and does not change any more."), code="facility.confirmed"
        )


def recorded(action: str, ref: str, by: User | None, now: datetime, **details: Any) -> None:
    """What was done, on record."""
    audit.record(action=action, object_ref=ref, now=now, actor=by, **details)
