"""What those who are asked, and who approves, see of a proposed committee."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as _

from apps.notices.kinds import in_both
from apps.panels.models import Appointment, AppointmentSeat
from apps.panels.models.committees import Role


def sections(appointment: Appointment) -> Sequence[Mapping[str, Any]]:
    """The committee, its term, and who is proposed as what, with what they said."""
    committee = appointment.committee
    seats = appointment.seats.exclude(answer=AppointmentSeat.Answer.DROPPED)
    return [
        {
            "title": _("Committee"),
            "rows": [
                {"label": _("Committee"), "value": {"zh": committee.name_zh, "en": committee.name_en}},
                {"label": _("From"), "value": appointment.valid_from.isoformat(), "type": "datetime"},
                {"label": _("Until"), "value": appointment.valid_until.isoformat(), "type": "datetime"},
            ],
        },
        {
            "title": _("Composition"),
            "rows": [],
            "table": {
                "columns": [_("Person"), _("Unit"), _("Role"), _("Answer"), _("Reason")],
                "rows": [_row(seat) for seat in seats.select_related("user__unit")],
            },
        },
    ]


def _row(seat: AppointmentSeat) -> list[Any]:
    unit = seat.user.unit
    return [
        {"zh": seat.user.name_zh, "en": seat.user.name_en},
        {"zh": unit.name_zh, "en": unit.name_en} if unit else "",
        in_both(Role(seat.role).label),
        in_both(AppointmentSeat.Answer(seat.answer).label),
        seat.reason,
    ]
