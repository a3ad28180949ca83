"""What becomes of the seats of somebody who may not act any more: ended, suspended, or taken
off a committee.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from apps.core.errors import WrongState
from apps.core.outbox import publish
from apps.panels.models import Committee, CommitteeSeat, Panel, PanelSeat
from apps.panels.requirements import State, locked, move, vacate_chair
from apps.people.models import User

_GIVEN_UP = (*PanelSeat.OPEN, State.RESERVE)


def leave_panels(*, user: User, now: datetime, reason: str, committee: Committee | None = None) -> int:
    """Their seats on open panels (of one committee, or of all) are left, and who presides over a panel does
    so no longer; returns how many panels that concerned. A ballot that they have cast while they sat still
    counts.
    """
    mine = PanelSeat.objects.filter(user=user, state__in=_GIVEN_UP).values("panel")
    panels = Panel.objects.filter(Q(pk__in=mine) | Q(chair=user), ended_at__isnull=True)
    if committee is not None:
        panels = panels.filter(committee=committee)
    # One after the other by number: two who leave at once must not wait for each other.
    return sum(_leave(panel, user, now, reason) for panel in panels.order_by("pk"))


@transaction.atomic
def leave_committees(*, user: User, now: datetime, reason: str) -> int:
    """Their seats on committees end, those of the future too; returns how many."""
    over = Q(valid_until__isnull=False, valid_until__lte=now)
    seats = CommitteeSeat.objects.filter(user=user, revoked_at__isnull=True).exclude(over)
    ended = 0
    for seat in seats.select_related("committee"):
        CommitteeSeat.objects.filter(pk=seat.pk).update(revoked_at=now, end_reason=reason[:200])
        publish("panels.committee_changed", now=now, committee=seat.committee.ulid, user=user.ulid)
        ended += 1
    return ended


@transaction.atomic
def _leave(panel: Panel, user: User, now: datetime, reason: str) -> bool:
    try:
        row = locked(panel)
    except WrongState:  # it has ended meanwhile
        return False
    seat = row.seats.filter(user=user, state__in=_GIVEN_UP).select_related("user").first()
    if seat is not None:
        seat.panel = row
        words = reason or gettext_noop("No longer there")
        move(seat, State.LEFT, by=None, now=now, act="leave_seat", reason=words)
    vacate_chair(row, user, now)
    return True
