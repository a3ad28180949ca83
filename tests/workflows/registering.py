"""Dan applies, and the outbox brings it to the flow: what the tests of registration have in common."""

from datetime import datetime
from typing import Any

from apps.core.outbox import GATEWAY, WORKER, relay
from apps.people.models import HrPerson, RegistrationApplication, User
from apps.people.queries import active_users
from tests.domain.people.applicants import applied, dan, known_to_hr
from tests.people import People
from tests.workflows.toys import waiting
from workflows import services
from workflows.models import Case, Step


def hear(now: datetime) -> None:
    """The worker's relay takes its turns until nothing is left."""
    while relay(channel=WORKER, now=now, limit=500) or relay(channel=GATEWAY, now=now, limit=500):
        pass


def case_of(application: RegistrationApplication) -> Case:
    """The latest case of an application."""
    found = Case.objects.filter(subject_ref=f"application:{application.ulid}").latest("id")
    return found


def asked(case: Case, node: str) -> set[str]:
    """Who may answer the step that waits at a node."""
    return set(waiting(case)[node].candidates.values_list("user__username", flat=True))


def answer(
    case: Case,
    node: str,
    by: User,
    now: datetime,
    *,
    outcome: str = "approve",
    opinion: str = "",
    **data: Any,
) -> Step:
    """The person answers the step that waits at a node; the outbox is heard."""
    step = services.answer(
        step=waiting(case)[node], by=by, now=now, outcome=outcome, opinion=opinion, data=data
    )
    hear(now)
    case.refresh_from_db()
    return step


def in_hr(now: datetime, **changes: Any) -> HrPerson:
    """Dan stands in the personnel file."""
    return known_to_hr(now, **changes)


def registering(now: datetime, *, hr: bool = True, **changes: Any) -> tuple[RegistrationApplication, Case]:
    """Dan has applied and the flow has begun."""
    if hr:
        in_hr(now)
    application = applied(dan(**changes), now)
    hear(now)
    return application, case_of(application)


def registered_dan(they: People, now: datetime) -> User:
    """Dan, sponsored by Wang and in force as a visitor."""
    application, case = registering(now)
    answer(case, "sponsor", they.wang, now, group=they.group, until=None)
    return active_users(now).get(username=application.number)
