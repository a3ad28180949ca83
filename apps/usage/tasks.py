"""What usage does by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.core import clock
from apps.usage import awaiting, meter, readings


@shared_task(name="usage.end_overdue")
def end_overdue() -> int:
    """Sessions that time has ended, should no gateway be running to do so."""
    return meter.end_overdue(now=clock.now())


@shared_task(name="usage.look_after_corrections")
def look_after_corrections() -> int:
    """Proposed ends of uses that nobody has answered: a reminder, the office's turn, their end."""
    return awaiting.look_after_corrections(now=clock.now())


@shared_task(name="usage.forget_readings")
def forget_readings() -> int:
    """Readings of odometers that are older than anybody may ask about."""
    return readings.forget_readings(now=clock.now())
