"""What a file that was read would change: new, changed, returning and gone assets, and the columns that a
person changed here and the register changes too. Statements over whole tables, so that a quarter of a million
rows cost as little memory as five.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When

from apps.core import parameters
from apps.core.outbox import publish
from apps.core.statistics import refresh_statistics
from apps.library.models import Asset, AssetConflict, AssetEdit, AssetFile, AssetRow
from apps.library.register.columns import NAMES, written

Change = AssetRow.Change
TWICE = "library.number_twice"
_AT_ONCE = 500
_COPIED = ", ".join((*NAMES, "digest", "haystack"))
MOVING = (Change.CHANGED, Change.RETURNING)


@dataclass(frozen=True)
class Cap:
    """How many assets would be gone, of how many, and beyond which percentage a person says the number."""

    gone: int
    known: int
    percent: int

    @property
    def exceeded(self) -> bool:
        return self.gone * 100 > self.known * self.percent


def last_applied() -> AssetFile | None:
    """The file from which the mirror is."""
    applied = AssetFile.objects.filter(state=AssetFile.State.APPLIED)
    return applied.select_related("stored").order_by("-applied_at", "-id").first()


def still(file: AssetFile) -> AssetFile | None:
    """The row of a file that is being read, held until the end of the transaction, while it is this reader's:
    nobody has put it aside, nobody has begun it anew (`worked_at` is the reader's own).
    """
    rows = AssetFile.objects.select_for_update(no_key=True, of=("self",))
    return rows.filter(pk=file.pk, state=AssetFile.State.ARRIVING, worked_at=file.worked_at).first()


@transaction.atomic
def compare(*, file: AssetFile, now: datetime) -> AssetFile | None:
    """The file is read whole: what it would change is written beside its rows, and it may be looked at. None
    where it is not this reader's any more.
    """
    if still(file) is None:
        return None
    refresh_statistics(AssetRow, Asset)
    twice = _find_twice(file)
    _classify(file)
    _find_gone(file)
    find_conflicts(file)
    fresh = AssetFile.objects.select_for_update(no_key=True, of=("self",)).get(pk=file.pk)
    fresh.base = last_applied()
    fresh.counts = _counts(fresh)
    fresh.fault_count += twice
    fresh.compared_at, fresh.state = now, AssetFile.State.PREVIEWED
    fresh.save(update_fields=["base", "counts", "fault_count", "compared_at", "state"])
    publish("library.file_changed", now=now, file=fresh.ulid, state=str(fresh.state))
    return fresh


def cap_of(file: AssetFile, at: datetime) -> Cap:
    """Whether the file lacks too many. Two queries."""
    known = Asset.objects.filter(gone_at__isnull=True).count()
    return Cap(file.counts.get(Change.GONE, 0), known, parameters.value("library.gone_percent", at=at))


def find_conflicts(file: AssetFile) -> int:
    """Columns that a person changed here and that the file changes to something else again; returns how many
    are undecided. What has been decided stays decided while both sides say the same.
    """
    edits = AssetEdit.objects.filter(ended_at__isnull=True).select_related("asset").order_by("id").iterator()
    for edit, row in moved(file, edits):
        theirs = written(edit.column, getattr(row, edit.column))
        if theirs in (edit.theirs, edit.ours):
            continue
        said = {"ours": edit.ours, "before": edit.theirs, "theirs": theirs}
        found, created = AssetConflict.objects.get_or_create(
            file=file, asset=edit.asset, column=edit.column, defaults=said
        )
        if not created and any(getattr(found, name) != text for name, text in said.items()):
            AssetConflict.objects.filter(pk=found.pk).update(
                **said, choice="", decided_by=None, decided_at=None
            )
    return file.conflicts.filter(choice="").count()


def moved(file: AssetFile, edits: Iterator[AssetEdit]) -> Iterator[tuple[AssetEdit, AssetRow]]:
    """The edits whose assets the file changes, each with its row."""
    while batch := list(islice(edits, _AT_ONCE)):
        numbers = {edit.asset.asset_no for edit in batch}
        rows = AssetRow.objects.filter(file=file, change__in=MOVING, asset_no__in=numbers)
        by_number = {row.asset_no: row for row in rows}
        yield from (
            (edit, by_number[edit.asset.asset_no]) for edit in batch if edit.asset.asset_no in by_number
        )


def _find_twice(file: AssetFile) -> int:
    """A number that stands in several rows is a fault of each but the first; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO library_assetfault (file_id, "row", "column", code, value, other_row)'
            " SELECT r.file_id, r.\"row\", 'asset_no', %s, r.asset_no, o.first_row FROM library_assetrow r"
            ' JOIN (SELECT asset_no, MIN("row") AS first_row FROM library_assetrow WHERE file_id = %s'
            " GROUP BY asset_no HAVING COUNT(*) > 1) o ON o.asset_no = r.asset_no"
            ' WHERE r.file_id = %s AND r."row" <> o.first_row',
            [TWICE, file.pk, file.pk],
        )
        return max(int(cursor.rowcount), 0)


def _classify(file: AssetFile) -> None:
    known = Asset.objects.filter(asset_no=OuterRef("asset_no"))
    there = known.filter(gone_at__isnull=True)
    same = there.filter(digest=OuterRef("digest"))
    AssetRow.objects.filter(file=file).update(
        change=Case(
            When(Exists(same), then=Value(Change.SAME)),
            When(Exists(there), then=Value(Change.CHANGED)),
            When(Exists(known), then=Value(Change.RETURNING)),
            default=Value(Change.NEW),
        )
    )


def _find_gone(file: AssetFile) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO library_assetrow ({_COPIED}, file_id, "row", change, fresh)'  # noqa: S608 - our own constants
            f" SELECT {_COPIED}, %s, NULL, 'gone', '' FROM library_asset a WHERE gone_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM library_assetrow r"
            " WHERE r.file_id = %s AND r.asset_no = a.asset_no)",
            [file.pk, file.pk],
        )


def _counts(file: AssetFile) -> dict[str, int]:
    found = dict.fromkeys(Change.values, 0)
    found.update(dict(file.rows.values_list("change").annotate(number=Count("pk"))))
    return {
        **found,
        "rows": file.rows_read,
        "conflicts": file.conflicts.filter(Q(choice="")).count(),
    }
