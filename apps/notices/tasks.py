"""What Celery's clock starts: sending what is due, and clearing away what is old. Rows hold the truth; a lost
task costs a moment.
"""

from celery import shared_task

from apps.core import clock
from apps.notices import operations, sending


@shared_task(name="notices.send_due")
def send_due(*, channel: str) -> int:
    """Send what is due through one channel, daily summaries too; returns how many notices were handled."""
    return sending.send_due(channel=channel, clock=clock.now)


@shared_task(name="notices.purge")
def purge() -> int:
    """Remove notices that are past their keeping; returns how many."""
    return operations.purge(now=clock.now())
