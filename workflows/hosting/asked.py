"""What a case of hosting is about, and who is asked. Reads only."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.errors import WrongState
from apps.hosting.models import Agreement, TermsVersion
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


def keep_judged(activation: Any, version: TermsVersion | None) -> None:
    """The rule is asked about this version of the terms."""
    activation.remember(judged=version.ulid if version else "")


def is_judged(case: Case, version: TermsVersion | None) -> bool:
    """Whether it is this version that the rule was asked about last."""
    return version is not None and case.process.data.get("judged", version.ulid) == version.ulid


def require_judged(case: Case, version: TermsVersion | None) -> None:
    """Raises WrongState `hosting.newer_terms` for terms about which the rule was not asked."""
    if not is_judged(case, version):
        raise WrongState(
            _("Other terms have been proposed since these were judged. They are judged first."),
            code="hosting.newer_terms",
        )
