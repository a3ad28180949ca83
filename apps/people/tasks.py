"""What the people's room does by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.core import clock
from apps.people import repairing, throttling
from apps.people.hr.reports import purge_rows
from apps.people.hr.uploading import read_hr_file, waiting_files


@shared_task(name="people.repair_permissions")
def repair_permissions() -> int:
    """Object permissions follow the dated rights, also those that ran out; returns how many differed."""
    found = repairing.repair_permissions(now=clock.now())
    return len(found.missing) + len(found.stale) + found.group


@shared_task(name="people.forget_attempts")
def forget_attempts() -> int:
    """Attempts at the public form are kept for a week; returns how many were forgotten."""
    return throttling.forget_attempts(now=clock.now())


@shared_task(name="people.read_hr_files")
def read_hr_files() -> int:
    """Personnel files that were uploaded are read and compared; returns how many. Another worker that reads
    one already is left to it.
    """
    now = clock.now()
    return sum(read_hr_file(ulid=ulid, now=now) is not None for ulid in waiting_files(now))


@shared_task(name="people.purge_hr_rows")
def purge_hr_rows() -> int:
    """Rows of personnel files that were decided long ago are deleted; returns how many."""
    return purge_rows(now=clock.now())
