"""What the people's room does by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.core import clock
from apps.people import repairing, throttling


@shared_task(name="people.repair_permissions")
def repair_permissions() -> int:
    """Object permissions follow the dated rights, also those that ran out; returns how many differed."""
    found = repairing.repair_permissions(now=clock.now())
    return len(found.missing) + len(found.stale) + found.group


@shared_task(name="people.forget_attempts")
def forget_attempts() -> int:
    """Attempts at the public form are kept for a week; returns how many were forgotten."""
    return throttling.forget_attempts(now=clock.now())
