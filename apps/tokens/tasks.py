"""What this room does by the clock. It may run twice."""

from celery import shared_task

from apps.core import clock
from apps.tokens import operations


@shared_task(name="tokens.forget_answers")
def forget_answers() -> int:
    """Answers kept for repeated requests are dropped when nobody repeats any more."""
    return operations.forget_answers(now=clock.now())
