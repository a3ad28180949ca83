"""The relay of the worker channel under Celery. The truth is in the outbox's rows: a lost task costs a
second, a doubled one nothing.
"""

from celery import shared_task

from apps.core import clock, outbox

AT_ONCE = 200


@shared_task(name="core.relay_worker_channel")
def relay_worker_channel() -> int:
    """Deliver what is due to subscribers on the worker channel; returns how many deliveries were handled."""
    return outbox.relay(channel=outbox.WORKER, now=clock.now(), limit=AT_ONCE)
