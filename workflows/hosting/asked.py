"""What a case of hosting is about, and who is asked. Reads only."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from apps.hosting.models import Agreement
from apps.hosting.queries import with_all
from apps.hosting.sides import hosts_of
from apps.people.models import User
from workflows.errors import Overtaken
from workflows.models import Case

REFERENCE = "hosting:"


def find(case: Case) -> Agreement | None:
    """The agreement that a case is about, whatever its state."""
    ulid = case.subject_ref.removeprefix(REFERENCE)
    return with_all(Agreement.objects.filter(ulid=ulid)).first()


def agreement_of(case: Case, *states: str) -> Agreement:
    """The agreement of a case that is not over. Raises Overtaken when it is, or is in none of the states."""
    found = find(case)
    if found is None or not found.is_open or (states and found.state not in states):
        raise Overtaken(gettext("The agreement has been decided about otherwise."))
    return found


def page(case: Case) -> str:
    """Where what a case waits for is done."""
    found = find(case)
    return reverse("hosting_agreement", args=[found.ulid]) if found else ""


def the_hosts(case: Case, now: datetime) -> list[User]:
    """Who acts for the host."""
    found = find(case)
    return hosts_of(found.facility, now) if found else []


def case_of(agreement: Agreement, flow: str = "hosting") -> Case | None:
    """The open case of a process about an agreement."""
    rows = Case.objects.filter(flow=flow, subject_ref=agreement.source, state=Case.State.OPEN)
    return rows.select_related("process").first()
