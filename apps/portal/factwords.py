"""Facts of the gate in the reader's words: a label for each, and a value with its unit. A fact that a
plugin brought is shown by its own name. Words only.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from apps.core.errors import Text
from apps.core.money import format_yuan
from apps.portal.purposes import purpose_label

LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "purpose": gettext_lazy("Purpose"),
        "user_state": gettext_lazy("Account"),
        "user_kind": gettext_lazy("Kind of registration"),
        "card_state": gettext_lazy("Card"),
        "crew_member": gettext_lazy("Member of the crew"),
        "external_user": gettext_lazy("From outside the school"),
        "hosted_owner": gettext_lazy("Owner of the hosted instrument"),
        "instrument_state": gettext_lazy("Instrument"),
        "opening_level": gettext_lazy("Opening level"),
        "incident": gettext_lazy("Open incident"),
        "customs_supervised": gettext_lazy("Under customs supervision"),
        "external_use_registered": gettext_lazy("Use from outside registered with customs"),
        "hosting_state": gettext_lazy("Hosting agreement"),
        "node_state": gettext_lazy("Node"),
        "certificate_level": gettext_lazy("Certificate held"),
        "required_level": gettext_lazy("Certificate needed"),
        "certificate_level_ok": gettext_lazy("Level is enough"),
        "certificate_days_left": gettext_lazy("Certificate lasts"),
        "certificate_suspended": gettext_lazy("Certificate suspended"),
        "safety_clearance_days_left": gettext_lazy("Safety clearance lasts"),
        "night": gettext_lazy("Night"),
        "night_self_use": gettext_lazy("Self-use at night allowed"),
        "second_person_required": gettext_lazy("Two people needed at night"),
        "holiday": gettext_lazy("Holiday or weekend"),
        "night_endorsed": gettext_lazy("Night endorsement"),
        "people_present": gettext_lazy("Others present"),
        "supervisor_present": gettext_lazy("Supervisor present"),
        "booking": gettext_lazy("Booking now"),
        "booking_open": gettext_lazy("Booking may be begun"),
        "minutes_to_start": gettext_lazy("Own booking begins in"),
        "minutes_to_next_booking": gettext_lazy("Next booking of another in"),
        "walk_in_allowed": gettext_lazy("Use without a booking allowed"),
        "sample_state": gettext_lazy("Sample"),
        "training_session_now": gettext_lazy("Training session now"),
        "teaching_slot_now": gettext_lazy("Teaching slot now"),
        "responsible_teacher": gettext_lazy("Teacher responsible"),
        "work_order_open": gettext_lazy("Open work order"),
        "service_engineer": gettext_lazy("Service engineer"),
        "commissioning_open": gettext_lazy("Commissioning open"),
        "use_charged": gettext_lazy("Use is charged"),
        "fee_in_force": gettext_lazy("Fee standard in force"),
        "fee_transition": gettext_lazy("Fee transition"),
        "fund_state": gettext_lazy("Fund"),
        "fund_covers_estimate": gettext_lazy("Fund covers the estimate"),
        "estimated_cost_fen": gettext_lazy("Estimated price"),
        "fund_available_fen": gettext_lazy("Available on the fund"),
        "arrears_days": gettext_lazy("Arrears"),
        "clearance_too_short": gettext_lazy("Too little time left"),
        "kind": gettext_lazy("Kind of training"),
        "fund": gettext_lazy("Fund"),
        "course_open": gettext_lazy("Course is given"),
        "instrument_open": gettext_lazy("Open for own use"),
        "wished_level": gettext_lazy("Level asked for"),
        "held_level": gettext_lazy("Level held"),
        "held_already": gettext_lazy("Level held already"),
        "prerequisite_level": gettext_lazy("Level that comes first"),
        "prerequisite_held": gettext_lazy("Held"),
        "missing_courses": gettext_lazy("Courses missing"),
        "courses_held": gettext_lazy("Courses done"),
        "lower_held": gettext_lazy("Lower level held"),
        "sister_held": gettext_lazy("Level held on a sister instrument"),
        "renewal": gettext_lazy("Renewal"),
        "attempts_left": gettext_lazy("Attempts left"),
        "exam_asked": gettext_lazy("Theory exam asked for"),
        "exam_passed": gettext_lazy("Theory exam passed"),
        "exam_percent": gettext_lazy("Points of the exam in percent"),
        "exam_attempts": gettext_lazy("Attempts at the exam"),
        "minutes": gettext_lazy("Minutes of supervised use"),
        "minutes_asked": gettext_lazy("Minutes asked for"),
        "minutes_missing": gettext_lazy("Minutes missing"),
        "assessment_asked": gettext_lazy("Practical assessment asked for"),
        "assessment_passed": gettext_lazy("Practical assessment passed"),
        "assessment_percent": gettext_lazy("Points of the assessment in percent"),
        "critical_failed": gettext_lazy("A critical criterion failed"),
        "level": gettext_lazy("Level"),
        "days_to_expiry": gettext_lazy("Days to the end"),
        "days_since_use": gettext_lazy("Days since the last use"),
        "warned": gettext_lazy("Holder was warned"),
        "better_held": gettext_lazy("A better certificate is held"),
        "active": gettext_lazy("Account in force"),
        "votes": gettext_lazy("Has a vote in the committee"),
        "absent": gettext_lazy("Away"),
        "load": gettext_lazy("Open panels"),
        "load_reached": gettext_lazy("On as many panels as allowed"),
        "familiarity": gettext_lazy("Knows the class (0 to 3)"),
        "is_applicant": gettext_lazy("Is the applicant"),
        "own_crew": gettext_lazy("Of the instrument's crew"),
        "own_group": gettext_lazy("Of the applicant's research group"),
        "own_lab": gettext_lazy("Of the same lab"),
        "own_department": gettext_lazy("Of the same department"),
        "department_excluded": gettext_lazy("The same department is excluded"),
    }
)
WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "active": pgettext_lazy("fact", "in force"),
        "suspended": pgettext_lazy("fact", "suspended"),
        "inactive": pgettext_lazy("fact", "not in force"),
        "unknown": pgettext_lazy("fact", "unknown"),
        "student": pgettext_lazy("fact", "student"),
        "staff": pgettext_lazy("fact", "staff"),
        "external_academic": pgettext_lazy("fact", "external academic"),
        "enterprise": pgettext_lazy("fact", "enterprise"),
        "visitor": pgettext_lazy("fact", "visitor"),
        "not_used": pgettext_lazy("fact", "not asked for here"),
        "blocked": pgettext_lazy("fact", "blocked"),
        "in_service": pgettext_lazy("fact", "in service"),
        "out_of_service": pgettext_lazy("fact", "out of service"),
        "locked": pgettext_lazy("fact", "locked"),
        "none": pgettext_lazy("fact", "none"),
        "assisted": pgettext_lazy("fact", "assisted"),
        "basic": pgettext_lazy("fact", "basic"),
        "advanced": pgettext_lazy("fact", "advanced"),
        "trainer": pgettext_lazy("fact", "trainer"),
        "own": pgettext_lazy("fact", "one's own"),
        "other": pgettext_lazy("fact", "somebody else's"),
        "free": pgettext_lazy("fact", "free"),
        "in_use": pgettext_lazy("fact", "in use"),
        "own_use": pgettext_lazy("fact", "in use by the same person"),
        "requested": pgettext_lazy("fact", "requested"),
        "received": pgettext_lazy("fact", "received"),
        "queued": pgettext_lazy("fact", "queued"),
        "testing": pgettext_lazy("fact", "in testing"),
        "tested": pgettext_lazy("fact", "tested"),
        "closed": pgettext_lazy("fact", "closed"),
        "usable": pgettext_lazy("fact", "usable"),
        "refuse_new": pgettext_lazy("fact", "new uses refused"),
        "ended": pgettext_lazy("fact", "ended"),
        "new": pgettext_lazy("fact", "new"),
        "renewal": pgettext_lazy("fact", "renewal"),
        "difference": pgettext_lazy("fact", "difference training"),
        "upgrade": pgettext_lazy("fact", "upgrade"),
        "not_needed": pgettext_lazy("fact", "not needed"),
        "early": pgettext_lazy("fact", "too early"),
        "due": pgettext_lazy("fact", "due"),
        "late": pgettext_lazy("fact", "too late"),
    }
)


def label(name: str) -> str:
    """The fact's name in words."""
    return str(LABELS.get(name, name))


def value(name: str, held: Any) -> str:
    """The fact's value in words, with its unit."""
    if held is None:
        return _("none")
    if isinstance(held, bool):
        return _("yes") if held else _("no")
    if isinstance(held, int):
        return _number(name, held)
    if name == "purpose":
        return str(purpose_label(str(held)))
    return str(WORDS.get(str(held), held))


def _number(name: str, held: int) -> str:
    if name.endswith("_fen"):
        return format_yuan(held)
    if name.endswith(("_days_left", "_days")):
        if held < 0:
            return ngettext("ended %(n)d day ago", "ended %(n)d days ago", -held) % {"n": -held}
        return ngettext("%(n)d day", "%(n)d days", held) % {"n": held}
    if name.startswith("minutes"):
        return ngettext("%(n)d min", "%(n)d min", held) % {"n": held}
    return str(held)
