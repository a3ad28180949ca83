"""What samples wait for, by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.core import clock
from apps.samples import ending


@shared_task(name="samples.call_due")
def call_due() -> int:
    """The last call for everything that was kept as long as its service says."""
    return ending.call_due(now=clock.now())
