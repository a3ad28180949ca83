"""What usage does by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.core import clock
from apps.usage import meter


@shared_task(name="usage.end_overdue")
def end_overdue() -> int:
    """Sessions that time has ended, should no gateway be running to do so."""
    return meter.end_overdue(now=clock.now())
