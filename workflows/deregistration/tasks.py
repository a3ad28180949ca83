"""What deregistration does by the clock. Tasks only call; they may run twice."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext

from apps.core import clock, parameters
from apps.core.errors import Refusal
from apps.people.queries import run_out
from workflows.deregistration.flow import DeregistrationFlow
from workflows.deregistration.starting import begin_by_fact
from workflows.models import Case
from workflows.registration.renewal import RenewalFlow

log = logging.getLogger(__name__)


@shared_task(name="workflows.end_run_out")
def end_run_out() -> int:
    """A deregistration for everybody whose registration ran out by its date, so that cards, rights, groups
    and tasks end like any leaver's; returns how many were begun. Whoever is being renewed still has
    `people.renewal_notice_days` for others to decide.
    """
    now = clock.now()
    patience = now - timedelta(days=int(parameters.value("people.renewal_notice_days", at=now)))
    cases = Case.objects.filter(applicant=OuterRef("pk"), state=Case.State.OPEN)
    over = run_out(now).exclude(Exists(cases.filter(flow=DeregistrationFlow.key)))
    over = over.exclude(Q(valid_until__gt=patience) & Exists(cases.filter(flow=RenewalFlow.key)))
    begun = 0
    for user in over.select_related("unit"):
        try:
            case = begin_by_fact(
                user=user, started_by="renewal", reason=gettext("The registration had run out"), now=now
            )
        except Refusal:
            log.exception("the registration of %s could not be ended", user.ulid)  # the others still are
        else:
            begun += case is not None
    return begun
