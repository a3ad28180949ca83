"""What files wait for, by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.core import clock
from apps.files import checking, retention

AT_ONCE = 20


@shared_task(name="files.check_received")
def check_received() -> int:
    """Check what has arrived; returns how many were looked at."""
    for number in range(AT_ONCE):
        if checking.check_next(now=clock.now()) is None:
            return number
    return AT_ONCE


@shared_task(name="files.sweep")
def sweep() -> dict[str, int]:
    """Drop unfinished uploads that expired, erase what was kept long enough."""
    return retention.sweep(now=clock.now())


@shared_task(name="files.remove_leftovers")
def remove_leftovers() -> int:
    """Remove bytes that belong to no row."""
    return retention.remove_leftovers(now=clock.now())
