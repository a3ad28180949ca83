"""What the office takes away: faults and differences of a file, a list, and the template of the register, as
Excel workbooks. Streams; nothing is kept in memory.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.http import FileResponse
from django.utils.translation import gettext as _

from apps.core import parameters, workbooks
from apps.core.clock import school_time
from apps.library.models import Asset, AssetFault, AssetFile, AssetRow, Purpose, Status
from apps.library.register.columns import BY_NAME, COLUMNS, FAULTS, NAMES, differences, texts_of

Change = AssetRow.Change
_AT_ONCE = 1000
_LABELS: dict[str, dict[str, Any]] = {
    "status": {one.value: one.label for one in Status},
    "purpose": {one.value: one.label for one in Purpose},
}
_TEMPLATE_ROW = {
    "asset_no": "20260001",
    "name_zh": "场发射扫描电镜",
    "name_en": "FE-SEM",
    "class_code": "03040404",
    "price_fen": "3357000.00",
    "unit_code": "MSE",
    "status": "在用",
    "purpose": "科研",
    "acquired": "2023-04-18",
}


def fault_words(fault: AssetFault) -> str:
    """What a fault says, in the reader's language."""
    return str(FAULTS[fault.code])


def fault_report(file: AssetFile, at: datetime) -> FileResponse:
    """Every fault of the file: where, what, and what stands there."""
    return workbooks.download(
        filename=f"register-faults-{school_time(at):%Y%m%d}-{file.ulid[-6:]}.xlsx",
        sheet=_("Faults"),
        headings=(_("Row"), _("Column"), _("What is wrong"), _("Code"), _("Found"), _("See row")),
        rows=(
            (one.row, str(BY_NAME[one.column].label), fault_words(one), one.code, one.value, one.other_row)
            for one in file.faults.order_by("row", "id").iterator(chunk_size=_AT_ONCE)
        ),
    )


def difference_report(file: AssetFile, at: datetime) -> FileResponse:
    """Every asset that the file changes, column by column."""
    return workbooks.download(
        filename=f"register-differences-{school_time(at):%Y%m%d}-{file.ulid[-6:]}.xlsx",
        sheet=_("Differences"),
        headings=(
            _("Asset number"),
            _("Name"),
            _("Change"),
            _("Column"),
            _("The register before"),
            _("The register now"),
        ),
        rows=_differing(file),
    )


def compared(file: AssetFile, rows: list[AssetRow]) -> list[tuple[AssetRow, list[tuple[str, str, str]]]]:
    """Rows of a file, each with what differs from what the register said before: column, before, after. Two
    queries for all of them.
    """
    numbers = [row.asset_no for row in rows if row.change in (Change.CHANGED, Change.RETURNING)]
    assets = Asset.objects.filter(asset_no__in=numbers).prefetch_related("edits")
    known = {asset.asset_no: said_by_register(asset) for asset in assets}
    return [
        (row, differences(known[row.asset_no], texts_of(row)) if row.asset_no in known else [])
        for row in rows
    ]


def said_by_register(asset: Asset) -> dict[str, str]:
    """What the register said of an asset, below what people changed here."""
    said = texts_of(asset)
    said.update((edit.column, edit.theirs) for edit in asset.edits.all() if edit.ended_at is None)
    return said


def in_words(column: str, text: str) -> str:
    """A text of the register as people read it: codes by their words, in the reader's language."""
    return str(_LABELS.get(column, {}).get(text, text))


def template() -> FileResponse:
    """An empty file with its columns and one row that shows how they are filled in."""
    return workbooks.download(
        filename="register-template.xlsx",
        sheet=_("Register"),
        headings=[column.headings[0] for column in COLUMNS],
        rows=[[_TEMPLATE_ROW.get(name, "") for name in NAMES]],
    )


def assets_report(name: str, found: QuerySet[Asset], at: datetime) -> FileResponse:
    """Assets as a workbook, a row each, by unit and number."""
    return workbooks.download(
        filename=f"{name}-{school_time(at):%Y%m%d-%H%M}.xlsx",
        sheet=_("Assets"),
        headings=[str(column.label) for column in COLUMNS],
        rows=_assets(found),
    )


def purge_rows(*, now: datetime) -> int:
    """Rows of files decided longer ago than `library.rows_days` are deleted; returns how many. Faults,
    counts, conflicts and the mirror stay.
    """
    before = now - timedelta(days=parameters.value("library.rows_days", at=now))
    old = AssetFile.objects.filter(
        Q(applied_at__lt=before) | Q(state=AssetFile.State.REJECTED, decided_at__lt=before)
    )
    return int(AssetRow.objects.filter(file__in=old).delete()[0])


def _differing(file: AssetFile) -> Iterator[tuple[Any, ...]]:
    words = {value: str(label) for value, label in Change.choices}
    labels = {column.name: str(column.label) for column in COLUMNS}
    found = file.rows.exclude(change=Change.SAME).order_by("change", "asset_no")
    batch = list[AssetRow]()
    for row in found.iterator(chunk_size=_AT_ONCE):
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield from _told(file, batch, words, labels)
            batch = []
    yield from _told(file, batch, words, labels)


def _told(
    file: AssetFile, batch: list[AssetRow], words: dict[str, str], labels: dict[str, str]
) -> Iterator[tuple[Any, ...]]:
    for row, parts in compared(file, batch):
        first = (row.asset_no, row.name_zh, words[row.change])
        if not parts:
            yield first
        for column, before, after in parts:
            yield (*first, labels[column], in_words(column, before), in_words(column, after))


def _assets(found: QuerySet[Asset]) -> Iterator[tuple[Any, ...]]:
    statuses = {value: str(label) for value, label in Status.choices}
    purposes = {value: str(label) for value, label in Purpose.choices}
    yes, no = _("yes"), _("no")
    for one in found.order_by("unit_code", "asset_no").values_list(*NAMES).iterator(chunk_size=2000):
        said = dict(zip(NAMES, one, strict=True))
        said["price_fen"] = Decimal(said["price_fen"]) / 100
        said["status"] = statuses.get(said["status"], said["status"])
        said["purpose"] = purposes.get(said["purpose"], "")
        said["customs"] = yes if said["customs"] else no
        yield tuple(said.values())
