"""What registration does by the clock. Tasks only call; they may run twice."""

from datetime import timedelta

from celery import shared_task

from apps.core import clock, parameters
from apps.core.errors import WrongState
from apps.people.queries import due_for_renewal
from workflows.models import Case
from workflows.registration.renewal import RenewalFlow
from workflows.registration.starting import begin_renewal


@shared_task(name="workflows.begin_renewals")
def begin_renewals() -> int:
    """A renewal for everybody who is due within the notice and has none open; returns how many were begun."""
    now = clock.now()
    notice = timedelta(days=int(parameters.value("people.renewal_notice_days", at=now)))
    leaving = Case.objects.filter(flow__in=(RenewalFlow.key, "deregistration"), state=Case.State.OPEN).values(
        "applicant"
    )
    begun = 0
    for user in due_for_renewal(now, within=notice).exclude(pk__in=leaving).select_related("unit"):
        try:
            begin_renewal(user=user, now=now)
        except WrongState as refusal:
            if refusal.code != "workflows.case_open":
                raise
        else:
            begun += 1
    return begun
