"""What hosting does by the clock. Tasks only call; they may run twice."""

from celery import shared_task

from apps.core import clock
from workflows.hosting.ending import look_after
from workflows.hosting.stating import state_all


@shared_task(name="workflows.state_hosting")
def state_hosting() -> int:
    """The owners' statements of the month that is over, where they are missing; returns how many were
    made.
    """
    return state_all(now=clock.now())


@shared_task(name="workflows.look_after_hosting")
def look_after_hosting() -> int:
    """Yearly reviews, renewals in time, and the end of agreements whose last day has come; returns for how
    many agreements something was begun.
    """
    return look_after(clock.now())
