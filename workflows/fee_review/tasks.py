"""What fee reviews do by the clock. Tasks only call; they may run twice."""

from celery import shared_task

from apps.core import clock
from apps.fees.proposals import due_for_review
from apps.reports.drift import drifting
from workflows.fee_review.starting import reopen_review

SUNSET, DRIFT = "sunset", "drift"


@shared_task(name="workflows.reopen_fees")
def reopen_fees() -> int:
    """A case for every fee standard whose review is due, or whose hours or consumables have moved from what
    it was judged by; returns how many were opened.
    """
    now = clock.now()
    due = [(version, SUNSET) for version in due_for_review(now)]
    due += [(drift.version, DRIFT) for drift in drifting(now)]
    return sum(reopen_review(version=version, cause=cause, now=now) is not None for version, cause in due)
