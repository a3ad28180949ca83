"""What training does by the clock. Tasks parse and call one operation; they may run twice."""

from celery import shared_task

from apps.core import clock
from apps.training.exams import close_expired_exams
from apps.training.lapsing import lapse_certificates


@shared_task(name="training.close_expired_exams")
def close_exams() -> int:
    """Exams whose time is up are marked with what was saved."""
    return close_expired_exams(now=clock.now())


@shared_task(name="training.lapse_certificates")
def lapse() -> int:
    """Certificates that end by themselves: their holders are warned, then told. Returns how many."""
    swept = lapse_certificates(now=clock.now())
    return swept.warned + swept.lapsed
