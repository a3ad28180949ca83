"""What facts mean for registrations. Facts come late and twice: each handler looks whether there is still
something to do.
"""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.people.applying import return_application
from apps.people.lifecycle import lift_visitor
from apps.people.models import RegistrationApplication, User
from apps.people.queries import INACTIVE, user_state
from apps.training.queries import safety_until
from workflows import services
from workflows.models import Case, Step
from workflows.registration.dossier import show_repetitions
from workflows.registration.flow import RegistrationFlow
from workflows.registration.starting import begin_registration, case_of_application
from workflows.services.locking import held_case


@subscribe("registration.begin", to="people.application_submitted", channel=WORKER)
def begin(payload: Payload, now: datetime) -> None:
    """Somebody has applied."""
    begin_registration(application=_application(payload), now=now)


@subscribe("registration.amended", to="people.application_amended", channel=WORKER)
def go_on(payload: Payload, now: datetime) -> None:
    """The applicant has answered what was asked."""
    case = case_of_application(_application(payload))
    if case is not None:
        services.fulfil(case=case, node="revise", now=now)


@subscribe("registration.withdrawn", to="people.application_withdrawn", channel=WORKER)
def take_back(payload: Payload, now: datetime) -> None:
    """The applicant does not want it any more."""
    case = case_of_application(_application(payload))
    if case is not None:
        services.withdraw(case=case, by=None, now=now)


@subscribe("registration.repeated", to="people.application_repeated", channel=WORKER)
def show_to_those_who_decide(payload: Payload, now: datetime) -> None:
    """Somebody else, or the same person again, has applied under this identity."""
    application = _application(payload)
    case = case_of_application(application)
    if case is None or not application.is_open:
        return
    with held_case(case, by=None, now=now) as fresh:
        if fresh.is_open:
            show_repetitions(fresh, application)


@subscribe("registration.sent_back", to="workflows.step_sent_back", channel=WORKER)
def ask_the_applicant(payload: Payload, now: datetime) -> None:
    """Somebody has sent the case back to the applicant: the question appears on the page behind the link."""
    step = Step.objects.select_related("case").get(ulid=payload["step"])
    if step.flow != RegistrationFlow.key or step.node != "revise" or step.answered_at is not None:
        return
    application = RegistrationApplication.objects.get(ulid=step.case.subject_ref.removeprefix("application:"))
    if application.state == RegistrationApplication.State.SUBMITTED:
        return_application(application=application, question=payload["reason"], now=now)


@subscribe("registration.cleared", to="training.clearance_changed", channel=WORKER)
def admit_to_instruments(payload: Payload, now: datetime) -> None:
    """A visitor who has passed the safety exam is one no more, with or without an open case."""
    user = User.objects.get(ulid=payload["user"])
    until = safety_until(user, now)
    if until is None or until <= now or not user.is_visitor(now) or user_state(user, now) == INACTIVE:
        return
    case = Case.objects.filter(applicant=user, flow=RegistrationFlow.key, state=Case.State.OPEN).first()
    if case is None or services.fulfil(case=case, node="exam", now=now) is None:
        lift_visitor(user=user, now=now)


def _application(payload: Payload) -> RegistrationApplication:
    return RegistrationApplication.objects.get(ulid=payload["application"])
