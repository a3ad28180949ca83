"""What must hold before a panel or a round may change. Each function gives the checked thing or refuses."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.panels.models import Committee, Panel, PanelSeat, Round
from apps.panels.queries import may_run, secretaries, voters
from apps.people.models import User
from apps.people.queries import is_office
from apps.people.requirements import require_active, require_reason

State = PanelSeat.State


def locked(panel: Panel) -> Panel:
    """The panel's row under its lock, while the panel is open: everything about one panel happens one after
    the other. Raises WrongState `panels.panel_ended`.
    """
    row = (
        Panel.objects.select_for_update(no_key=True, of=("self",))
        .select_related("committee__unit", "chair")
        .get(pk=panel.pk)
    )
    if row.ended_at is not None:
        raise WrongState(_("This panel has ended."), code="panels.panel_ended")
    return row


def locked_seat(seat: PanelSeat) -> PanelSeat:
    """A seat under its panel's lock."""
    panel = locked(seat.panel)
    row = PanelSeat.objects.select_related("user").get(pk=seat.pk)
    row.panel = panel
    return row


def locked_round(round_: Round) -> Round:
    """An open round under its panel's lock. Raises WrongState `panels.panel_ended`, `panels.round_closed`."""
    panel = locked(round_.panel)
    row = Round.objects.get(pk=round_.pk)
    row.panel = panel
    if row.closed_at is not None:
        raise WrongState(_("This round of votes is closed."), code="panels.round_closed")
    return row


def require_convener(panel: Panel, by: User | None, now: datetime) -> None:
    """The chair of the panel, the secretary of the committee or the office: `panels.not_convener`."""
    if by is not None and not may_run(panel, by, now):
        raise NotPermitted(
            _("Only the chair, the secretary or the equipment office may do this."),
            code="panels.not_convener",
        )


def require_secretariat(committee: Committee, by: User | None, now: datetime) -> None:
    """The secretary of the committee or the office: `panels.not_convener`."""
    if by is None or by in secretaries(committee, now) or is_office(by, now):
        return
    raise NotPermitted(
        _("Only the chair, the secretary or the equipment office may do this."), code="panels.not_convener"
    )


def require_voters(committee: Committee, people: Iterable[User], now: datetime) -> None:
    """Everybody is active and has a vote in the committee: WrongState `panels.no_seat` with the `user`."""
    may = {user.pk for user in voters(committee, now)}
    for user in people:
        if user.pk not in may:
            raise WrongState(
                _("%(name)s has no vote in this committee at present.") % {"name": user.display_name},
                code="panels.no_seat",
                user=user.ulid,
            )


def require_chair(panel: Panel, by: User | None, now: datetime) -> None:
    """Whoever presides over the panel: WrongState `panels.no_chair`, NotPermitted `panels.not_chair`."""
    if panel.chair is None:
        raise WrongState(_("Nobody presides over this panel at present."), code="panels.no_chair")
    if by is not None and by.pk != panel.chair_id:
        raise NotPermitted(_("Only whoever presides over the panel may do this."), code="panels.not_chair")
    require_active(by, now)


def require_reason_of(by: User | None, reason: str) -> str:
    """The reason, trimmed; a person always gives one: Invalid `core.reason_required`."""
    return require_reason(reason) if by is not None else reason.strip()


def require_state(seat: PanelSeat, *states: str) -> None:
    """The seat is in one of these states: WrongState `panels.seat_moved`."""
    if seat.state not in states:
        raise WrongState(
            _("This place on the panel has changed meanwhile."), code="panels.seat_moved", state=seat.state
        )


def require_later(moment: datetime, now: datetime, field: str) -> None:
    """A deadline lies ahead: Invalid `panels.due`."""
    if moment <= now:
        raise Invalid(_("The deadline must lie ahead."), code="panels.due", field=field)


def move(
    seat: PanelSeat, state: str, *, by: User | None, now: datetime, act: str, reason: str = "", **changes: Any
) -> PanelSeat:
    """The seat is in another state from now on; recorded and told."""
    changed = {"state": state, "reason": reason, **changes}
    for name, value in changed.items():
        setattr(seat, name, value)
    seat.save(update_fields=list(changed))
    audit.record(
        action=f"panels.{act}", object_ref=f"panel_seat:{seat.ulid}", now=now, actor=by, reason=reason
    )
    tell_seat(seat, now)
    return seat


def tell_seat(seat: PanelSeat, now: datetime) -> None:
    """Publish how a seat stands."""
    publish(
        "panels.seat_changed",
        now=now,
        panel=seat.panel.ulid,
        seat=seat.ulid,
        user=seat.user.ulid,
        state=str(seat.state),
    )


def vacate_chair(panel: Panel, user: User, now: datetime) -> None:
    """If somebody presides over the panel, nobody does from now on, until `name_chair`."""
    if Panel.objects.filter(pk=panel.pk, chair=user).update(chair=None):
        panel.chair = None
        publish("panels.chair_changed", now=now, panel=panel.ulid, user="")
