"""Stored examples of ``booking.admission``: situations with the answer that every version should give."""

from __future__ import annotations

from rules.points.booking_admission.rows import CONDITIONS
from rules.rows import DENY, PERMIT, Example

# A student books two hours of daylight two days ahead, paid by the group.
GOOD: dict[str, object] = {
    "purpose": "use",
    "user_kind": "student",
    "external_user": False,
    "opening_level": 5,
    "required_level": "basic",
    "use_charged": True,
    "minutes_ahead": 2880,
    "length_minutes": 120,
    "touches_night": False,
    "second_person": "not_needed",
    "grid_minutes": 30,
    "min_minutes": 30,
    "max_minutes": 480,
    "notice_minutes": 60,
    "horizon_days": 60,
    "estimated_fen": 40000,
    "fund_available_fen": 1000000,
    "debt_days": 0,
    "group_debt_days": 0,
    **{row.cells[0].column: False for row in CONDITIONS},
}
_BY_CREW: dict[str, object] = {"use_charged": False, "estimated_fen": None, "fund_available_fen": None}


def situation(**changes: object) -> dict[str, object]:
    """The good situation with some facts changed, in JSON form."""
    return {**GOOD, **changes}


def _refused(name: str, *codes: str, **changes: object) -> Example:
    return Example(name, situation(**changes), DENY, codes)


_PERMITTED = ("admission.permitted",)
EXAMPLES: tuple[Example, ...] = (
    Example("everything in order", situation(), PERMIT, _PERMITTED),
    Example("free of charge", situation(**_BY_CREW), PERMIT, _PERMITTED),
    *(
        Example(f"the crew for {purpose}", situation(**_BY_CREW, purpose=purpose), PERMIT, _PERMITTED)
        for purpose in ("sample_run", "training", "teaching", "maintenance")
    ),
    _refused("somebody was faster", "bookings.overlap", taken=True),
    _refused("certificate ends before", "bookings.no_certificate", certificate_missing=True),
    _refused(
        "at night without the endorsement",
        "bookings.no_night_endorsement",
        touches_night=True,
        night_not_endorsed=True,
    ),
    Example(
        "at night with the companion of the endorsement",
        situation(touches_night=True, second_person="named"),
        PERMIT,
        _PERMITTED,
    ),
    Example(
        "at night where the gate will ask for a second card",
        situation(touches_night=True, second_person="unknown"),
        PERMIT,
        _PERMITTED,
    ),
    _refused(
        "the companion has no safety clearance any more",
        "bookings.no_second_person",
        touches_night=True,
        second_person="unable",
        second_person_unable=True,
    ),
    _refused("in the hours of the owner", "bookings.owner_first", owner_first=True),
    _refused("over the hours of the group", "bookings.quota", quota_exceeded=True),
    _refused("too many points", "bookings.points", points_reached=True),
    _refused("no money left", "funding.insufficient", fund_insufficient=True, fund_available_fen=100),
    _refused("over the month's limit", "funding.limit", limit_exceeded=True),
    _refused(
        "old charges are not paid",
        "funding.insufficient",
        "funding.arrears",
        fund_insufficient=True,
        fund_available_fen=-5000,
        debt_days=75,
        group_debt_days=75,
        arrears=True,
    ),
    Example(
        "another fund of the group owes",
        situation(group_debt_days=75),
        PERMIT,
        _PERMITTED,
    ),
    Example(
        "a young debt of a fund that still pays what is held",
        situation(debt_days=20, group_debt_days=20),
        PERMIT,
        _PERMITTED,
    ),
    _refused(
        "everything that is missing is told at once",
        "bookings.outage",
        "bookings.no_safety",
        "bookings.no_fund",
        out_of_service=True,
        safety_missing=True,
        fund_missing=True,
        fund_available_fen=None,
    ),
)
