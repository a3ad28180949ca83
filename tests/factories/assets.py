"""Assets of the register without bytes on a disk: rows as the reader keeps them, taken over by operations."""

from datetime import datetime
from typing import Any

from apps.core.clock import school_time
from apps.core.ids import new_ulid
from apps.files.models import StoredFile
from apps.library.models import Asset, AssetFile, AssetRow
from apps.library.register.columns import NAMES, digest_of, haystack_of, read_row
from apps.library.register.comparing import compare
from apps.library.register.deciding import apply_file, confirm_file
from apps.people.models import User

PLAIN = {
    "name_zh": "扫描电镜",
    "name_en": "SEM",
    "price_fen": "450000",
    "unit_code": "MSE",
    "class_code": "0304",
}


def compared(assets: list[dict[str, str]], by: User, now: datetime) -> AssetFile:
    """A file of these assets (columns as text), read and compared."""
    stored = StoredFile.objects.create(
        about="asset_register",
        name=f"登记-{StoredFile.objects.count()}.csv",
        content_type="text/csv",
        size=1,
        by=by,
        state=StoredFile.State.READY,
        begun_at=now,
        expires_at=now,
        received_at=now,
        ready_at=now,
        sha256="0" * 64,
    )
    file = AssetFile.objects.create(stored=stored, by=by, begun_at=now, rows_read=len(assets))
    places = {name: place for place, name in enumerate(NAMES)}
    for number, said in enumerate(assets, start=2):
        whole: dict[str, Any] = {**PLAIN, **said}
        cells = [whole.get(name, "") for name in NAMES]
        values, faults = read_row(cells, places, school_time(now).date())
        assert values is not None, faults
        AssetRow.objects.create(
            file=file,
            row=number,
            fresh=new_ulid(),
            digest=digest_of(values),
            haystack=haystack_of(values),
            **values,
        )
    done = compare(file=file, now=now)
    assert done is not None
    return done


def mirrored(assets: list[dict[str, str]], by: User, now: datetime) -> dict[str, Asset]:
    """These assets in the library, by their numbers."""
    file = compared(assets, by, now)
    confirm_file(file=file, by=by, now=now, gone=file.counts["gone"])
    apply_file(ulid=file.ulid, now=now)
    return {one.asset_no: one for one in Asset.objects.filter(gone_at__isnull=True)}
