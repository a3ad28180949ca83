"""What billing does by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.billing import operations
from apps.core import clock


@shared_task(name="billing.release_past_holds")
def release_past_holds() -> int:
    """Money held for bookings that are over goes back to its fund."""
    return operations.release_past_holds(now=clock.now())
