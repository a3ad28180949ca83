"""The office proposes a committee: what the tests of the appointment have in common."""

from datetime import datetime
from typing import Any

from apps.core.clock import school_time
from apps.panels.models import Appointment
from apps.people.models import User
from apps.people.operations import grant_authorization
from tests.factories.panels import DAY, staff
from tests.people import YEAR, People
from tests.workflows.registering import hear
from workflows import services
from workflows.beginning import begin
from workflows.models import Case, Step

NAMES = ("chair", "deputy", "m1", "m2", "m3", "secretary")


class Cast:
    """Those who are proposed, and the head of the office, who proposes nothing."""

    def __init__(self, they: People, now: datetime) -> None:
        before = now - YEAR
        self.they = they
        self.people = {name: staff(f"c-{name}", f"{name}老师", before) for name in NAMES}
        self.spare = [staff(f"c-spare{number}", "候补老师", before) for number in range(4)]
        self.head = staff("c-head", "处长", before)
        grant_authorization(user=self.head, kind="manage", scope="school", grantor=they.office, now=before)

    def raw(self, now: datetime, **changes: Any) -> dict[str, Any]:
        """What the office fills in: a new committee from tomorrow for three years."""
        day = school_time(now + DAY).date()
        return {
            "code": "fees",
            "name_zh": "收费标准审核委员会",
            "name_en": "Fee Review Committee",
            "valid_from": day.isoformat(),
            "valid_until": (day + 3 * YEAR).isoformat(),
            "chair": "c-chair",
            "deputies": "c-deputy",
            "members": "c-m1, c-m2\nc-m3",
            "secretaries": "c-secretary",
            **changes,
        }

    def proposed(self, now: datetime, **changes: Any) -> Case:
        """The case of a proposal, and the outbox was heard."""
        case = begin("committee", by=self.they.office, now=now, raw=self.raw(now, **changes))
        hear(now)
        case.refresh_from_db()
        return case


def appointment_in(case: Case) -> Appointment:
    """The appointment of a case, as it stands."""
    return Appointment.objects.get(ulid=case.subject_ref.removeprefix("appointment:"))


def step_of(case: Case, user: User) -> Step:
    """The step that waits for somebody."""
    steps = case.steps.filter(answered_at__isnull=True, candidates__user=user)
    return steps.select_related("task__owner", "case").get()


def says(case: Case, user: User, now: datetime, outcome: str = "approve", **more: Any) -> None:
    """Somebody answers the step that waits for them."""
    services.answer(step=step_of(case, user), by=user, now=now, outcome=outcome, **more)
    hear(now)
    case.refresh_from_db()


def all_say_yes(case: Case, now: datetime) -> None:
    """Everybody who is asked accepts."""
    for step in case.steps.filter(node="accept", answered_at__isnull=True).select_related("task__owner"):
        assert step.task.owner is not None
        services.answer(step=step, by=step.task.owner, now=now, outcome="approve")
    hear(now)
    case.refresh_from_db()


def nodes(case: Case) -> list[str]:
    """Where the case waits."""
    return sorted(case.steps.filter(answered_at__isnull=True).values_list("node", flat=True))
