"""What time does to files: unfinished uploads are dropped, files whose time is over are erased, and bytes on
disk that no row claims are removed. Bounded, and the same twice.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from apps.files import disk
from apps.files.models import StoredFile
from apps.files.operations import erase, receive

log = logging.getLogger(__name__)

State = StoredFile.State
AT_ONCE = 100
_WITH_BYTES = (State.UPLOADING, State.RECEIVED, State.READY)
_YOUNG = timedelta(hours=1)


def sweep(*, now: datetime) -> dict[str, int]:
    """One round; how many were received late, dropped, erased."""
    return {"received": _receive_late(now), "dropped": _drop(now), "erased": _erase(now)}


def _receive_late(now: datetime) -> int:
    """Uploads whose last byte is on disk, though the server stopped before it could say so."""
    unfinished = StoredFile.objects.filter(state=State.UPLOADING, expires_at__gt=now).order_by("id")
    whole = [one for one in unfinished[:AT_ONCE] if disk.length_of(one.ulid) == one.size]
    return sum(receive(file=one, now=now) for one in whole)


def _drop(now: datetime) -> int:
    stale = StoredFile.objects.filter(state=State.UPLOADING, expires_at__lte=now).order_by("expires_at")
    dropped = 0
    for file in stale[:AT_ONCE]:
        with transaction.atomic():
            if StoredFile.objects.filter(pk=file.pk, state=State.UPLOADING).update(state=State.DROPPED):
                dropped += 1
        disk.remove(file.ulid)
    return dropped


def _erase(now: datetime) -> int:
    due = StoredFile.objects.filter(state=State.READY, keep_until__lte=now).order_by("keep_until")
    return sum(erase(file=one, by=None, reason="retention", now=now) for one in due[:AT_ONCE])


def remove_leftovers(*, now: datetime) -> int:
    """Bytes without a living row: a crash between the end of a row and the removal leaves them."""
    found = {ulid: path for ulid, path in disk.stored() if _is_old(path.stat().st_mtime, now)}
    removed, names = 0, sorted(found)
    for first in range(0, len(names), 500):
        some = names[first : first + 500]
        rows = StoredFile.objects.filter(ulid__in=some, state__in=_WITH_BYTES)
        claimed = set(rows.values_list("ulid", flat=True))
        for ulid in some:
            if ulid not in claimed:
                log.info("bytes of file %s are left over and removed", ulid)
                disk.remove(ulid)
                removed += 1
    return removed


def _is_old(changed: float, now: datetime) -> bool:
    return datetime.fromtimestamp(changed, tz=now.tzinfo) < now - _YOUNG
