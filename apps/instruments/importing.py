"""Taking instruments over from a file: all rows or none, and every fault of every row told at once."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.clock import school_time
from apps.core.errors import Invalid
from apps.core.outbox import publish
from apps.instruments.layout import Layout, demo_layout, facility_at, unit_of
from apps.instruments.models import Instrument
from apps.instruments.opening import note_taken_over
from apps.instruments.rows import COLUMNS, Draft, Fault, read_row
from apps.people.models import User
from apps.people.requirements import require_office

Rows = Sequence[Mapping[str, str]]

_MOST_ROWS = 300_000
_BATCH = 5_000
_FIRST_ROW = 2  # the heading is row 1, as a spreadsheet shows it


@transaction.atomic
def import_instruments(
    *, source: Path | bytes | Rows, now: datetime, by: User | None = None, layout: Layout | None = None
) -> list[Instrument]:
    """Every instrument of a CSV file (UTF-8 or GBK) or of rows in hand; with a single fault nothing is taken.
    What a person imports is not open: the ladder of opening leads on. Only the system, which founds a school
    from its register, takes over how far each was open before, with the first row of its history.

    Raises Invalid `instruments.import_refused` with `details["faults"]`: row, column, code and message of
    each fault; Invalid `instruments.csv_encoding`, `instruments.csv_columns`, `instruments.csv_rows` when the
    file cannot be read at all; NotPermitted `people.office_only`.
    """
    require_office(by, now)
    rows = read_csv(source) if isinstance(source, Path | bytes) else source
    if not 0 < len(rows) <= _MOST_ROWS:
        raise Invalid(_("The file has no rows, or too many."), code="instruments.csv_rows", field="file")
    drafts, faults = _read(rows, layout or demo_layout(), now)
    faults += _taken(drafts)
    if faults:
        faults.sort(key=lambda fault: (fault.row, fault.column))
        raise Invalid(
            _("Nothing was imported: some rows have faults."),
            code="instruments.import_refused",
            field="file",
            faults=[asdict(fault) for fault in faults],
        )
    rows_made = [_instrument(draft, now) for draft in drafts]
    if by is not None:
        for one in rows_made:
            one.opening_level = 0
    made = Instrument.objects.bulk_create(rows_made, batch_size=500)
    note_taken_over(made, now)
    counted: dict[str, Any] = {"count": len(made), "first": made[0].asset_no, "last": made[-1].asset_no}
    audit.record(
        action="instruments.import_instruments", object_ref="instruments", now=now, actor=by, **counted
    )
    # One fact for all: nobody has used a new instrument yet, so that no answer about it can have changed.
    publish("instruments.imported", now=now, **counted)
    return made


def read_csv(source: Path | bytes) -> list[dict[str, str]]:
    """The rows of a CSV file in UTF-8 (with or without mark) or GBK. Raises Invalid as `import_instruments`
    says.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    reader = csv.DictReader(io.StringIO(_decode(data), newline=""))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise Invalid(
            _("Columns are missing in the file."),
            code="instruments.csv_columns",
            field="file",
            columns=missing,
        )
    return list(reader)


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gbk"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(_("The file is neither UTF-8 nor GBK."), code="instruments.csv_encoding", field="file")


def _read(rows: Rows, layout: Layout, now: datetime) -> tuple[list[Draft], list[Fault]]:
    drafts: list[Draft] = []
    faults: list[Fault] = []
    today = school_time(now).date()
    for number, row in enumerate(rows, start=_FIRST_ROW):
        read = read_row(number, row, layout, today)
        if isinstance(read, Draft):
            drafts.append(read)
        else:
            faults += read
    return drafts, faults


def _taken(drafts: list[Draft]) -> list[Fault]:
    """Asset numbers that stand twice in the file or are already known."""
    numbers = [draft.fields["asset_no"] for draft in drafts]
    known: set[str] = set()
    for first in range(0, len(numbers), _BATCH):  # a database takes only so many values in one question
        found = Instrument.objects.filter(asset_no__in=numbers[first : first + _BATCH])
        known.update(found.values_list("asset_no", flat=True))
    faults = []
    first_row: dict[str, int] = {}
    for draft in drafts:
        number = draft.fields["asset_no"]
        if number in known:
            words = _("An instrument with this asset number exists.")
            faults.append(Fault(draft.row, "asset_no", "instruments.asset_no_taken", str(words)))
        elif number in first_row:
            twice = _("This asset number stands in row %(row)d already.") % {"row": first_row[number]}
            faults.append(Fault(draft.row, "asset_no", "instruments.asset_no_twice", twice))
        first_row.setdefault(number, draft.row)
    return faults


def _instrument(draft: Draft, now: datetime) -> Instrument:
    facility = facility_at(draft.place, now)
    return Instrument(
        **draft.fields, facility=facility, unit=unit_of(facility, draft.room, now), valid_from=now
    )
