"""Stored examples of ``training.eligibility``: situations with the answer that every version should still
give.

It owns one good situation per kind (``GOOD`` with the changes of ``situation``) and the refusals that people
meet.
"""

from __future__ import annotations

from rules.points.training_eligibility.facts import KINDS
from rules.rows import DENY, PERMIT, Example

# A student who wants the basic level, everything in order for whatever kind.
GOOD: dict[str, object] = {
    "user_state": "active",
    "user_kind": "student",
    "safety_clearance_days_left": 200,
    "fund": "usable",
    "course_open": True,
    "instrument_open": True,
    "incident": "none",
    "wished_level": "basic",
    "held_level": "none",
    "held_already": False,
    "certificate_suspended": False,
    "prerequisite_level": "none",
    "prerequisite_held": True,
    "missing_courses": "",
    "courses_held": True,
    "lower_held": True,
    "sister_held": True,
    "renewal": "due",
    "attempts_left": 3,
}


def situation(kind: str, **changes: object) -> dict[str, object]:
    """The good situation of a kind with some facts changed, in JSON form."""
    return {"kind": kind, **GOOD, **changes}


def _refused(name: str, kind: str, *codes: str, **changes: object) -> Example:
    return Example(name, situation(kind, **changes), DENY, codes)


EXAMPLES: tuple[Example, ...] = (
    *(Example(f"all in order: {kind}", situation(kind), PERMIT) for kind in KINDS),
    Example("free use needs no fund", situation("new", fund="not_needed"), PERMIT),
    Example("a certificate ends soon and is renewed", situation("renewal", held_already=True), PERMIT),
    _refused("no safety exam", "new", "safety.none", safety_clearance_days_left=None),
    _refused("safety exam too old", "new", "safety.expired", safety_clearance_days_left=-3),
    _refused("no fund", "new", "fund.none", fund="none"),
    _refused("nobody knows about a fund", "new", "fund.none", fund="unknown"),
    _refused("holds it already", "new", "training.held", held_already=True, held_level="basic"),
    _refused(
        "advanced before basic",
        "upgrade",
        "training.prerequisite",
        "training.no_lower",
        wished_level="advanced",
        prerequisite_level="basic",
        prerequisite_held=False,
        lower_held=False,
    ),
    _refused("no sister instrument", "difference", "training.no_sister", sister_held=False),
    _refused("nothing to renew", "renewal", "training.nothing_to_renew", renewal="none"),
    _refused("too early", "renewal", "training.renewal_early", renewal="early"),
    _refused("too late", "renewal", "training.renewal_late", renewal="late"),
    _refused("incident", "new", "incident.open", incident="refuse_new"),
    _refused(
        "four things at once",
        "new",
        "user.visitor",
        "safety.none",
        "fund.none",
        "training.required_courses",
        user_kind="visitor",
        safety_clearance_days_left=None,
        fund="none",
        courses_held=False,
        missing_courses="FIB-BASIC",
    ),
)
