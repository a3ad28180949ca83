"""What webhooks do by the clock. Tasks parse and call one operation; they may run twice."""

from datetime import timedelta

from celery import shared_task

from apps.core import clock, parameters
from apps.webhooks import sending


@shared_task(name="webhooks.send_due")
def send_due() -> int:
    """Send what is due."""
    return sending.send_due(clock=clock.now)


@shared_task(name="webhooks.purge")
def purge() -> int:
    """Forget what was told long ago."""
    now = clock.now()
    days = parameters.value("webhooks.keep_days", at=now)
    return sending.purge(before=now - timedelta(days=days))
