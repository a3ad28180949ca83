"""Celery's part: it only calls. The truth is in rows, so that a lost message costs a minute and a doubled
one nothing.
"""

from celery import shared_task

from apps.core import clock
from workflows import services
from workflows.deregistration.tasks import end_run_out
from workflows.fee_review.tasks import reopen_fees
from workflows.hosting.tasks import look_after_hosting, state_hosting
from workflows.nodes.job import Job
from workflows.onboarding.tasks import follow_not_open
from workflows.registration.tasks import begin_renewals

__all__ = [
    "begin_renewals",
    "end_run_out",
    "follow_not_open",
    "look_after_hosting",
    "reopen_fees",
    "run_job",
    "state_hosting",
    "sweep",
]


@shared_task(name="workflows.sweep")
def sweep() -> dict[str, int]:
    """Timers, deadlines, reminders and jobs that are due."""
    return vars(services.sweep(now=clock.now()))


@shared_task(name="workflows.run_job", acks_late=True)
def run_job(task_pk: int) -> bool:
    """Do one job; gives whether its result was taken."""
    return services.run_job(task_pk=task_pk, now=clock.now())


def hurry(task_pk: int) -> None:
    """Send a job to a worker now; the sweep would find it within a minute."""
    run_job.delay(task_pk=task_pk)


Job.dispatch = staticmethod(hurry)  # type: ignore[method-assign]
