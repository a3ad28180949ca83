"""What openings do by the clock. Tasks only call; they may run twice."""

from celery import shared_task

from apps.core import clock
from workflows.onboarding.tending import close_approved, remind_of_ends, reopen_ended


@shared_task(name="workflows.follow_not_open")
def follow_not_open() -> int:
    """Approvals not to be open are followed, their managers reminded, their instruments reopened afterwards;
    returns how many were closed or reopened.
    """
    now = clock.now()
    remind_of_ends(now=now)
    return close_approved(now=now) + len(reopen_ended(now=now))
