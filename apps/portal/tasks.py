"""What needs the devices and the rooms beside them, by the clock. Tasks parse and call one operation; they
may run twice.
"""

from celery import shared_task

from apps.core import clock
from apps.usage.absence import note_absences as look
from devices.health import heard_by_instrument


@shared_task(name="usage.note_absences")
def note_absences() -> int:
    """Bookings to which nobody has come."""
    now = clock.now()
    return look(now=now, heard=heard_by_instrument(at=now))
