"""Somebody who applies: Dan, a student whom Wang sponsors; Erin, an engineer of a company."""

from datetime import date, datetime, timedelta
from typing import Any

from apps.people.applying import Filled, submit_application
from apps.people.models import HrFile, HrPerson, Organisation, RegistrationApplication
from apps.people.organisations import add_organisation, record_agreement

CHOSEN = "seven-invented-otters"
NUMBER = "2026001"
DAN: dict[str, Any] = {
    "kind": "student",
    "number": NUMBER,
    "name_zh": "丹",
    "name_en": "Dan",
    "email": "dan@school.example",
    "phone": "0531-1000",
    "sponsor_text": "wang",
    "terms_version": "2026-1",
}
ERIN: dict[str, Any] = {
    "kind": "enterprise",
    "name_zh": "艾琳",
    "email": "Erin@Works.example",
    "phone": "0531-2000",
    "organisation_name": "青峰材料公司",
    "contract": "HT-1",
    "terms_version": "2026-1",
}


def dan(**changes: Any) -> Filled:
    """Dan's form, with some fields filled in differently."""
    return Filled(**{**DAN, **changes})


def erin(**changes: Any) -> Filled:
    """Erin's form, with some fields filled in differently."""
    return Filled(**{**ERIN, **changes})


def applied(filled: Filled, now: datetime) -> RegistrationApplication:
    """The form was sent."""
    return submit_application(filled=filled, password=CHOSEN, now=now)[0]


def known_to_hr(now: datetime, **changes: Any) -> HrPerson:
    """The personnel file has Dan, or somebody else."""
    file = HrFile.objects.create(
        sha256=f"{HrFile.objects.count():064d}",
        name="hr.csv",
        size=1,
        state="confirmed",
        uploaded_at=now,
        decided_at=now,
    )
    entry: dict[str, Any] = {
        "number": NUMBER,
        "name_zh": "丹",
        "kind": "student",
        "status": "active",
        "valid_until": date(2028, 6, 30),
        "email": "Dan@school.example",
        "file": file,
    }
    return HrPerson.objects.create(**{**entry, **changes})


def company(now: datetime, *, days: int = 300) -> Organisation:
    """Erin's company, with an agreement of so many days (0: none)."""
    made = add_organisation(
        name_zh="青峰材料公司", name_en="Green Peak", kind="enterprise", code="91A", by=None, now=now
    )
    if days:
        record_agreement(
            organisation=made,
            number="HT-1",
            valid_from=now - timedelta(days=1),
            valid_until=now + timedelta(days=days),
            by=None,
            now=now,
        )
    return made
