"""The schemas of all facts: string-keyed and versioned, so that publisher and subscriber need not know each
other.

A fact carries identifiers (ULIDs), never rows. Adding a member is allowed; changing a meaning wants a new
name.
"""

from collections.abc import Mapping
from types import MappingProxyType

Schema = Mapping[str, type]

_SCHEMAS: dict[str, dict[str, type]] = {
    "notices.created": {"notice": str},
    "people.user_changed": {"user": str},
    "people.user_suspended": {"user": str, "reason": str},
    "people.user_reinstated": {"user": str},
    "people.user_activated": {"user": str, "visitor": bool},
    "people.user_ended": {"user": str, "reason": str},
    "people.sign_ins_ended": {"user": str},
    "people.factor_added": {"user": str, "kind": str, "called": str},
    "people.factor_removed": {"user": str, "kind": str, "called": str},
    "people.application_submitted": {"application": str},
    "people.application_returned": {"application": str},
    "people.application_amended": {"application": str},
    "people.application_withdrawn": {"application": str},
    "people.application_repeated": {"application": str, "repetition": str},
    "people.application_rejected": {"application": str},
    "people.application_activated": {"application": str, "user": str},
    "people.left_school": {"user": str, "file": str},
    "people.hr_file_uploaded": {"file": str},
    "people.hr_file_confirmed": {"file": str},
    "people.card_issued": {"user": str, "card": str},
    "people.card_blocked": {"user": str, "card": str, "reason": str},
    "people.membership_changed": {"user": str, "group": str},
    "people.absence_changed": {"user": str, "substitute": str},
    "people.post_changed": {"user": str, "unit": str, "kind": str},
    "evaluation.scheme_adopted": {"version": str},
    "tokens.created": {"user": str, "token": str},
    "tokens.revoked": {"user": str, "token": str, "reason": str},
    "instruments.imported": {"count": int, "first": str, "last": str},
    "instruments.locked": {"instrument": str, "reason": str},
    "instruments.unlocked": {"instrument": str},
    "instruments.changed": {"instrument": str},
    "instruments.crew_changed": {"instrument": str, "user": str},
    "training.certificate_issued": {"user": str, "instrument": str, "certificate": str},
    "training.certificate_withdrawn": {"user": str, "instrument": str, "certificate": str, "reason": str},
    "training.certificate_suspended": {"user": str, "instrument": str, "certificate": str, "reason": str},
    "training.certificate_reinstated": {"user": str, "instrument": str, "certificate": str},
    "training.clearance_changed": {"user": str},
    "training.endorsement_changed": {"user": str, "instrument": str},
    "training.session_changed": {"instrument": str},
    "training.certificate_lapsing": {"user": str, "instrument": str, "certificate": str},
    "training.certificate_lapsed": {"user": str, "instrument": str, "certificate": str, "reason": str},
    "training.request_changed": {"user": str, "request": str, "state": str},
    "training.place_changed": {"user": str, "session": str, "request": str, "state": str},
    "training.minutes_counted": {"user": str, "request": str},
    "training.exam_passed": {"user": str, "course": str, "attempt": str},
    "training.exam_failed": {"user": str, "course": str, "attempt": str},
    "training.attempt_allowed": {"user": str, "course": str},
    "training.assessed": {"user": str, "request": str, "assessment": str, "passed": bool},
    "training.night_request_changed": {"user": str, "request": str, "state": str},
    "fees.version_approved": {"instrument": str, "version": str},
    "fees.version_ended": {"instrument": str, "version": str},
    "fees.submitted": {"proposal": str, "submission": str},
    "fees.proposal_changed": {"proposal": str, "state": str},
    "fees.not_open_approved": {"instrument": str, "approval": str},
    "fees.notice_opened": {"notice": str, "submission": str},
    "fees.notice_withdrawn": {"notice": str, "submission": str},
    "fees.objected": {"notice": str, "objection": str},
    "fees.objection_answered": {"objection": str, "sustained": bool},
    "funding.fund_changed": {"fund": str},
    "bookings.confirmed": {"booking": str, "instrument": str, "user": str},
    "bookings.requested": {"booking": str, "instrument": str, "user": str},
    "bookings.refused": {"booking": str, "instrument": str, "user": str},
    "bookings.at_risk": {"booking": str, "instrument": str, "user": str, "codes": list},
    "bookings.mended": {"booking": str, "instrument": str, "user": str},
    "bookings.price_changed": {"booking": str, "instrument": str, "user": str, "before": int, "fen": int},
    "bookings.terms_changed": {"instrument": str, "facility": str},
    "bookings.recheck": {"instrument": str, "after": str},
    "bookings.cancelled": {"booking": str, "instrument": str, "user": str},
    "bookings.checked_in": {"booking": str, "instrument": str, "user": str},
    "bookings.no_show": {"booking": str, "instrument": str, "user": str},
    "bookings.no_show_lifted": {"booking": str, "instrument": str, "user": str, "session": str},
    "bookings.part_due": {
        "entry": str,
        "booking": str,
        "kind": str,
        "per_mille": int,
        "base_fen": int,
        "fen": int,
    },
    "bookings.points_given": {"entry": str, "booking": str, "user": str},
    "bookings.appealed": {"appeal": str, "user": str, "instrument": str},
    "bookings.appeal_decided": {"appeal": str, "user": str, "upheld": bool},
    "samples.request_changed": {"request": str, "state": str},
    "samples.accepted": {"request": str},
    "samples.sample_changed": {"sample": str, "request": str, "state": str},
    "samples.sample_received": {"sample": str, "request": str},
    "samples.custody_changed": {"sample": str, "request": str, "custody": str},
    "samples.delayed": {"request": str, "delay": str},
    "samples.tested": {"request": str},
    "samples.extras_corrected": {"request": str},
    "samples.checked": {"sample": str, "request": str, "passed": bool},
    "samples.results_released": {"request": str, "complete": bool},
    "samples.objected": {"request": str, "objection": str},
    "samples.objection_decided": {"request": str, "objection": str, "upheld": bool},
    "samples.charged": {"request": str},
    "samples.last_call": {"request": str},
    "bookings.changed": {"booking": str, "replaced": str, "instrument": str, "user": str},
    "bookings.waiting_changed": {"waiting": str, "instrument": str, "user": str, "state": str},
    "usage.session_granted": {"session": str, "instrument": str},
    "usage.session_opened": {"session": str, "instrument": str},
    "usage.session_closed": {"session": str, "instrument": str, "why": str},
    "usage.recorded": {"record": str, "session": str},
    "usage.correction_changed": {"correction": str, "record": str, "state": str},
    "usage.correction_waits": {"correction": str, "record": str, "how": str},
    "usage.corrected": {"record": str, "correction": str, "session": str},
    "billing.charged": {"charge": str, "record": str},
    "billing.part_charged": {"charge": str, "booking": str},
    "billing.part_refunded": {"charge": str, "booking": str, "why": str},
    "billing.recharged": {"charge": str, "replaced": str, "record": str},
    "billing.samples_charged": {"charge": str, "request": str},
    "billing.allocated": {"split": str, "month": str, "run": int},
    "billing.alarm": {"charge": str, "record": str, "code": str},
    "clearances.revoked": {"session": str, "dev": str, "node": int, "mode": str, "codes": list},
    "clearances.extended": {"session": str, "dev": str, "node": int},
    "clearances.standby_changed": {"instrument": str},
    "panels.committee_changed": {"committee": str, "user": str},
    "panels.expertise_changed": {"user": str},
    "panels.panel_formed": {"panel": str, "subject": str},
    "panels.seat_changed": {"panel": str, "seat": str, "user": str, "state": str},
    "panels.chair_changed": {"panel": str, "user": str},
    "panels.round_opened": {"panel": str, "round": str},
    "panels.ballot_cast": {"round": str, "seat": str},
    "panels.round_extended": {"panel": str, "round": str},
    "panels.round_closed": {"panel": str, "round": str, "why": str},
    "panels.ruled": {"panel": str, "round": str},
    "panels.panel_ended": {"panel": str, "subject": str, "why": str},
    "panels.appointment_changed": {"appointment": str, "state": str},
    "decisions.alarm": {"point": str, "code": str, "decision": str},
    "decisions.ruleset_in_force": {"point": str, "version": int},
    "workflows.case_started": {"case": str, "flow": str},
    "workflows.case_ended": {"case": str, "flow": str, "state": str, "outcome": str},
    "workflows.case_copied": {"case": str, "user": str},
    "workflows.step_offered": {"step": str},
    "workflows.step_answered": {"step": str, "outcome": str},
    "workflows.step_sent_back": {"step": str, "reason": str},
    "workflows.step_passed": {"step": str, "user": str, "how": str},
    "workflows.step_urged": {"step": str, "by": str},
    "workflows.step_reminded": {"step": str},
    "workflows.step_escalated": {"step": str},
    "workflows.alarm": {"case": str, "node": str, "code": str},
    "documents.issued": {"document": str, "kind": str, "subject": str},
    "documents.voided": {"document": str, "kind": str, "subject": str},
    "files.received": {"file": str},
    "files.ready": {"file": str},
    "files.refused": {"file": str},
    "files.erased": {"file": str},
    "devices.controller_enrolled": {"dev": str},
    "devices.alarm": {"dev": str, "code": str},
}

EVENTS: Mapping[str, Schema] = MappingProxyType(
    {name: MappingProxyType(schema) for name, schema in _SCHEMAS.items()}
)


class UnknownEvent(LookupError):
    """A fact was published or subscribed to under a name that nobody declared."""


def check_payload(name: str, payload: Mapping[str, object]) -> None:
    """Raises UnknownEvent or TypeError when the payload is not exactly of the declared shape."""
    try:
        schema = EVENTS[name]
    except KeyError:
        raise UnknownEvent(name) from None
    if payload.keys() != schema.keys():
        raise TypeError(f"{name}: members {sorted(payload)} are not {sorted(schema)}")
    for key, kind in schema.items():
        if type(payload[key]) is not kind:
            raise TypeError(f"{name}.{key} must be {kind.__name__}")
