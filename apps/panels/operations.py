"""The one door to what changes committees, panels and rounds; each family has a file of its own.

Everything is keyword-only and atomic, takes `now` and locks the panel first. `by=None` is the system (a flow,
a deadline, an import).
"""

from apps.panels.committees import appoint_seat, create_committee, declare_expertise, retire_seat
from apps.panels.forming import end_panel, form_panel, name_chair
from apps.panels.seating import answer_invitation, call_substitute, extend_invitation, miss, recuse
from apps.panels.voting import Cast, cast_ballot, close_round, extend_round, open_round, rule

__all__ = [
    "Cast",
    "answer_invitation",
    "appoint_seat",
    "call_substitute",
    "cast_ballot",
    "close_round",
    "create_committee",
    "declare_expertise",
    "end_panel",
    "extend_invitation",
    "extend_round",
    "form_panel",
    "miss",
    "name_chair",
    "open_round",
    "recuse",
    "retire_seat",
    "rule",
]
