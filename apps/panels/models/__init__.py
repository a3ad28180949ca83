"""The rows of this room: committees and who sits on them, panels and who sits on these, rounds
and ballots.
"""

from apps.panels.models.committees import (
    Appointment,
    AppointmentSeat,
    Committee,
    CommitteeSeat,
    Expertise,
)
from apps.panels.models.panels import Panel, PanelSeat
from apps.panels.models.rounds import Round, Ruling

__all__ = [
    "Appointment",
    "AppointmentSeat",
    "Committee",
    "CommitteeSeat",
    "Expertise",
    "Panel",
    "PanelSeat",
    "Round",
    "Ruling",
]
