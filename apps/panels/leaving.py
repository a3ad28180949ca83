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
from apps.panels.requirements import State, locked_seat, move, vacate_chair
from apps.people.models import User

_GIVEN_UP = (*PanelSeat.OPEN, State.RESERVE)


def leave_panels(*, user: User, now: datetime, reason: str, committee: Committee | None = None) -> int:
    """Their seats on open panels (of one committee, or of all) are left, in a transaction each; returns how
    many. A ballot that they have cast while they sat still counts. Who presides over a panel does so no
    longer.
    """
    seats = PanelSeat.objects.filter(user=user, panel__ended_at__isnull=True, state__in=_GIVEN_UP)
    chaired = user_chairs(user)
    if committee is not None:
        seats = seats.filter(panel__committee=committee)
        chaired = [panel for panel in chaired if panel.committee_id == committee.pk]
    left = 0
    for seat in seats.select_related("panel").order_by("panel_id"):
        left += _leave(seat, now, reason)
    for panel in chaired:
        with transaction.atomic():
            vacate_chair(panel, user, now)
    return left


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


def user_chairs(user: User) -> list[Panel]:
    """The open panels that somebody presides over. One query."""
    return list(Panel.objects.filter(chair=user, ended_at__isnull=True).order_by("pk"))


@transaction.atomic
def _leave(seat: PanelSeat, now: datetime, reason: str) -> bool:
    try:
        row = locked_seat(seat)
    except WrongState:  # the panel has ended meanwhile
        return False
    if row.state not in _GIVEN_UP:
        return False
    move(
        row, State.LEFT, by=None, now=now, act="leave_seat", reason=reason or gettext_noop("No longer there")
    )
    return True
