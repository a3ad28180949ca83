"""Stored examples of ``registration.screen``: one good situation for each kind of applicant, and what people
meet.
"""

from __future__ import annotations

from rules.points.registration_screen.rows import ACCEPT, ASK_OFFICE, REJECT
from rules.rows import Example

_IN_SCHOOL: dict[str, object] = {
    "account": "none",
    "email": "confirmed",
    "email_used": False,
    "same_person": False,
    "hr": "match",
    "hr_days_left": 700,
    "organisation": "not_asked",
    "agreement_days_left": None,
    "terms": "current",
    "sponsor": "active",
    "wished_days": 365,
}
_EXTERNAL: dict[str, object] = {
    **_IN_SCHOOL,
    "email": "not_asked",
    "hr": "not_asked",
    "hr_days_left": None,
    "organisation": "known",
    "agreement_days_left": 200,
    "sponsor": "none",
}
GOOD: dict[str, dict[str, object]] = {
    "student": _IN_SCHOOL,
    "staff": {**_IN_SCHOOL, "hr_days_left": None},
    "external_academic": _EXTERNAL,
    "enterprise": _EXTERNAL,
}


def situation(kind: str, **changes: object) -> dict[str, object]:
    """The good situation of a kind of applicant with some facts changed, in JSON form."""
    return {"applicant_kind": kind, **GOOD.get(kind, _IN_SCHOOL), **changes}


def _example(name: str, outcome: str, code: str, kind: str, **changes: object) -> Example:
    return Example(name, situation(kind, **changes), outcome, (code,) if code else ())


EXAMPLES: tuple[Example, ...] = (
    *(_example(f"{kind} in good order", ACCEPT, "registration.accepted", kind) for kind in GOOD),
    *(
        _example(f"{kind} who comes back", ASK_OFFICE, "registration.returning", kind, account="ended")
        for kind in GOOD
    ),
    _example("somebody who has an account", REJECT, "registration.duplicate", "student", account="active"),
    _example("somebody suspended", REJECT, "registration.suspended", "staff", account="suspended"),
    _example("somebody who left", REJECT, "registration.hr_left", "student", hr="left"),
    _example(
        "a student number that ran out", REJECT, "registration.number_expired", "student", hr_days_left=-1
    ),
    _example(
        "a blocked company", REJECT, "registration.organisation_blocked", "enterprise", organisation="blocked"
    ),
    _example("no agreement accepted", REJECT, "registration.terms_missing", "student", terms="missing"),
    _example("a shared e-mail", ASK_OFFICE, "registration.email_used", "student", email_used=True),
    _example(
        "a namesake at the same company",
        ASK_OFFICE,
        "registration.same_person",
        "enterprise",
        same_person=True,
    ),
    _example("not in the personnel file", ASK_OFFICE, "registration.hr_no_record", "student", hr="no_record"),
    _example("another name", ASK_OFFICE, "registration.hr_name", "staff", hr="name_differs"),
    _example("another e-mail", ASK_OFFICE, "registration.hr_email", "student", email="differs"),
    _example("no e-mail on file", ASK_OFFICE, "registration.email_not_on_file", "staff", email="not_on_file"),
    _example("staff who is a student", ASK_OFFICE, "registration.hr_kind", "staff", hr="kind_differs"),
    _example(
        "a company that nobody knows",
        ASK_OFFICE,
        "registration.organisation_not_listed",
        "enterprise",
        organisation="not_listed",
    ),
    _example(
        "a company without an agreement",
        ASK_OFFICE,
        "registration.agreement_missing",
        "enterprise",
        agreement_days_left=None,
    ),
    _example("no sponsor", ASK_OFFICE, "registration.sponsor", "student", sponsor="not_found"),
    _example("a source that did not answer", ASK_OFFICE, "", "student", hr="unknown"),
    _example("an account that cannot be told", ASK_OFFICE, "", "enterprise", account="unknown"),
)
