"""What bookings do by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.bookings import handing, rechecking, waiting
from apps.core import clock


@shared_task(name="bookings.serve_waiting")
def serve_waiting() -> int:
    """Offers that nobody answered lapse; free time is offered to who waits for it."""
    return waiting.serve_all(now=clock.now())


@shared_task(name="bookings.lapse_hand_overs")
def lapse_hand_overs() -> int:
    """Bookings that were offered to somebody who did not answer stay whose they are."""
    return handing.lapse_hand_overs(now=clock.now())


@shared_task(name="bookings.look_at_risk")
def look_at_risk() -> int:
    """What was at risk and is mended by time alone (a suspension that ended) is in order again."""
    return rechecking.look_at_risk(now=clock.now())


@shared_task(name="bookings.look_at_all")
def look_at_all() -> int:
    """What no fact tells (parameters, debts that grow old) is found by looking at everything."""
    return rechecking.look_at_all(now=clock.now())
