"""Stored examples of the gate: situations with the answer that every version of the table should still give.

It owns one good situation per purpose (``GOOD``) and the refusals that people meet most.
"""

from __future__ import annotations

from rules.points.access_unlock.facts import PURPOSES
from rules.rows import DENY, PERMIT, Example

# Everything in order, for whatever purpose: the customs register is there, the night is covered.
GOOD: dict[str, object] = {
    "user_state": "active",
    "user_kind": "student",
    "card_state": "active",
    "crew_member": True,
    "external_user": False,
    "hosted_owner": False,
    "instrument_state": "in_service",
    "opening_level": 5,
    "incident": "none",
    "customs_supervised": False,
    "external_use_registered": False,
    "hosting_state": "none",
    "node_state": "free",
    "certificate_level": "basic",
    "required_level": "basic",
    "certificate_level_ok": True,
    "certificate_days_left": 200,
    "certificate_suspended": False,
    "safety_clearance_days_left": 300,
    "night": False,
    "night_self_use": True,
    "second_person_required": True,
    "holiday": False,
    "night_endorsed": False,
    "people_present": 1,
    "supervisor_present": True,
    "booking": "own",
    "booking_open": True,
    "minutes_to_start": 0,
    "minutes_to_next_booking": 120,
    "walk_in_allowed": True,
    "sample_state": "queued",
    "training_session_now": True,
    "teaching_slot_now": True,
    "responsible_teacher": True,
    "work_order_open": True,
    "service_engineer": False,
    "commissioning_open": True,
    "use_charged": True,
    "fee_in_force": True,
    "fee_transition": False,
    "fund_state": "usable",
    "fund_covers_estimate": True,
    "estimated_cost_fen": 12_000,
    "fund_available_fen": 500_000,
    "arrears_days": 0,
    "clearance_too_short": False,
}


def situation(purpose: str, **changes: object) -> dict[str, object]:
    """The good situation of a purpose with some facts changed, in JSON form."""
    return {"purpose": purpose, **GOOD, **changes}


def _refused(name: str, purpose: str, *codes: str, **changes: object) -> Example:
    return Example(name, situation(purpose, **changes), DENY, codes)


EXAMPLES: tuple[Example, ...] = (
    *(Example(f"all in order: {purpose}", situation(purpose), PERMIT) for purpose in PURPOSES),
    _refused("certificate expired", "booking", "training.expired", certificate_days_left=-1),
    _refused("no booking", "booking", "booking.none", booking="none", booking_open=False),
    _refused("no fee standard", "booking", "fee.none", fee_in_force=False),
    _refused("no fund", "booking", "fund.none", fund_state="none", fund_covers_estimate=False),
    _refused("in use by another person", "walk_in", "node.in_use", node_state="in_use"),
    _refused("in use by the person who asks", "walk_in", "node.own_use", node_state="own_use"),
    _refused("blocked card", "walk_in", "card.blocked", card_state="blocked"),
    _refused(
        "four conditions at once",
        "booking",
        "training.none",
        "booking.none",
        "fee.none",
        "fund.none",
        certificate_level="none",
        certificate_level_ok=False,
        certificate_days_left=None,
        booking="none",
        booking_open=False,
        fee_in_force=False,
        fund_state="none",
        fund_covers_estimate=False,
    ),
    _refused("alone at night", "booking", "night.alone", night=True, night_endorsed=True, people_present=0),
    _refused("repair without a work order", "maintenance", "maintenance.order", work_order_open=False),
    Example(
        "a fee transition lets an instrument without approved fee run",
        situation("booking", fee_in_force=False, fee_transition=True, use_charged=False),
        PERMIT,
    ),
    Example(
        "an instrument out of service may be repaired",
        situation("maintenance", instrument_state="out_of_service"),
        PERMIT,
    ),
)
