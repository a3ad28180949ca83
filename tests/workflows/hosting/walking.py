"""Walking a case of hosting: who answers what, in the order of the regulation."""

from datetime import datetime
from typing import Any

from apps.core.outbox import WORKER, relay
from apps.hosting.inspecting import checklist
from apps.hosting.models import Agreement
from apps.hosting.negotiating import accept_terms, propose_terms
from apps.people.models import User
from tests.factories.hosting import THINGS, House, fresh, terms
from tests.workflows.toys import waiting
from workflows import services
from workflows.beginning import begin
from workflows.models import Case


def offered(home: House, **more: Any) -> Case:
    """Wang offers the FE-SEM A by the form."""
    raw = {
        "asset_no": home.they.sem.asset_no,
        "group": home.they.group.ulid,
        "facility": home.facility.ulid,
        "why": "used two days a week",
    }
    return begin("hosting", by=home.owner, now=home.now, raw={**raw, **more})


def agreement_of(case: Case) -> Agreement:
    return fresh(Agreement.objects.get(ulid=case.subject_ref.partition(":")[2]))


def answer(case: Case, node: str, by: User, now: datetime, outcome: str = "approve", **more: Any) -> None:
    """Somebody answers the step that waits at a node."""
    services.answer(step=waiting(case)[node], by=by, now=now, outcome=outcome, **more)


def facts_are_told(now: datetime) -> None:
    """What was published reaches its subscribers."""
    while relay(channel=WORKER, now=now, limit=500):
        pass


def inspected(home: House, case: Case, **wrong: str) -> None:
    """Hana answers every line; those named are not in order."""
    data = {one.key: "fail" if one.key in wrong else "pass" for one in checklist(home.now)}
    data |= {f"note_{key}": note for key, note in wrong.items()}
    answer(case, "inspect", home.hana, home.now, "complete", data=data)


def agreed(home: House, case: Case, **changes: Any) -> None:
    """Hana proposes, Wang accepts; the rule is asked."""
    agreement = agreement_of(case)
    base = agreement.versions.count()
    made = propose_terms(
        agreement=agreement, terms=terms(home.now, **changes), by=home.hana, now=home.now, base=base
    )
    accept_terms(agreement=agreement, number=made.number, by=home.owner, now=home.now)
    facts_are_told(home.now)


def signed(home: House, case: Case) -> None:
    """Both sides, then the office."""
    version = agreement_of(case).terms
    assert version is not None
    data = {"digest": version.digest, "read": True}
    answer(case, "owner_signs", home.owner, home.now, data=data)
    answer(case, "host_signs", home.hana, home.now, data=data)
    answer(case, "countersign", home.they.office, home.now, data=data)


def handed_over(home: House, case: Case) -> None:
    """The inventory is written and confirmed."""
    data = {"things": list(THINGS), "manager": home.hugo}
    answer(case, "hand_over", home.hana, home.now, "complete", data=data)
    answer(case, "confirm", home.owner, home.now)
    case.refresh_from_db()


def running(home: House, **changes: Any) -> Case:
    """The whole way."""
    case = offered(home)
    inspected(home, case)
    agreed(home, case, **changes)
    signed(home, case)
    handed_over(home, case)
    return case
