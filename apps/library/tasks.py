"""What the library does by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.core import clock
from apps.library import reports
from apps.library.describing import remind_managers, score_all
from apps.library.register.deciding import apply_file, confirmed_files
from apps.library.register.reading import arrived_files, read_file


@shared_task(name="library.work_on_files")
def work_on_files() -> int:
    """Files of the register that have arrived are read and compared, confirmed ones taken over; returns how
    many. Another worker that has one already is left to it.
    """
    now = clock.now()
    read = sum(read_file(ulid=ulid, now=now) is not None for ulid in arrived_files(now))
    return read + sum(apply_file(ulid=ulid, now=clock.now()) is not None for ulid in confirmed_files())


@shared_task(name="library.purge_rows")
def purge_rows() -> int:
    """Rows of files that were decided long ago are deleted; returns how many."""
    return reports.purge_rows(now=clock.now())


@shared_task(name="library.score_all")
def score_records() -> int:
    """The data quality of all instruments is found anew; returns how many."""
    return score_all(now=clock.now())


@shared_task(name="library.remind_managers")
def remind_of_records() -> int:
    """Managers of incomplete records are reminded, once a month each; returns how many."""
    return remind_managers(now=clock.now())
