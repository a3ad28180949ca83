"""Who is which side of an agreement, and what must hold before a side acts."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import NotPermitted, WrongState
from apps.core.outbox import publish
from apps.hosting.models import Agreement, Side
from apps.instruments.models import Facility
from apps.people.models import Authorization, User
from apps.people.queries import SCHOOL, active_users, authorized, counting_rights, is_office, unit_scopes
from apps.people.requirements import require_active

SIDES = (Side.OWNER, Side.HOST)


def hosts(user: User, facility: Facility, at: datetime) -> bool:
    """Whether the person manages the facility, or a unit around it below the school: the office is no host.
    One query.
    """
    return authorized(user, "manage", _scopes(facility), at)


def hosts_of(facility: Facility, at: datetime) -> list[User]:
    """The people who act for a facility, the nearest right first, then the longest held. Two queries."""
    scopes = _scopes(facility)
    held: dict[str, list[Authorization]] = {scope: [] for scope in scopes}
    rows = counting_rights(at).filter(kind="manage", scope__in=scopes, user__in=active_users(at))
    for right in rows.select_related("user").order_by("valid_from", "id"):
        held[right.scope].append(right)
    return list({right.user_id: right.user for scope in scopes for right in held[scope]}.values())


def sides_of(user: User, agreement: Agreement, at: datetime) -> frozenset[Side]:
    """What the person may act as. At most two queries."""
    found = set()
    if agreement.group.pi_id == user.pk:
        found.add(Side.OWNER)
    if hosts(user, agreement.facility, at):
        found.add(Side.HOST)
    if is_office(user, at):
        found.add(Side.OFFICE)
    return frozenset(found)


def require_side(agreement: Agreement, side: str, by: User | None, now: datetime) -> None:
    """Raises NotPermitted `hosting.not_your_side`, `people.not_active`. The system may act for any."""
    if by is None:
        return
    require_active(by, now)
    if side not in sides_of(by, agreement, now):
        raise NotPermitted(_("You do not act for this side."), code="hosting.not_your_side")


def side_for(agreement: Agreement, by: User, now: datetime) -> Side:
    """The side for which somebody acts: the owner's before the host's. Raises NotPermitted
    `hosting.not_your_side`, `people.not_active`.
    """
    require_active(by, now)
    mine = sides_of(by, agreement, now)
    for side in SIDES:
        if side in mine:
            return side
    raise NotPermitted(_("You do not act for this side."), code="hosting.not_your_side")


def locked(agreement: Agreement, *states: str) -> Agreement:
    """The agreement's row, locked until the transaction ends. Raises WrongState `hosting.moved` (with the
    state) where it is in none of the states: somebody was faster.
    """
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    rows = Agreement.objects.select_related(
        "group__pi", "facility__lab", "facility_before", "instrument__facility", "terms"
    )
    row = rows.get(pk=agreement.pk)
    if states and row.state not in states:
        raise WrongState(
            _("This agreement has moved on: %(state)s.") % {"state": row.get_state_display()},
            code="hosting.moved",
            state=row.state,
        )
    return row


def moved(
    agreement: Agreement, state: str, by: User | None, now: datetime, *, reason: str = "", **fields: object
) -> Agreement:
    """Write the next state, with its trace and its fact. The row is locked by the caller."""
    before = agreement.state
    agreement.state = state
    for name, value in fields.items():
        setattr(agreement, name, value)
    agreement.save(update_fields=["state", *fields])
    traced("moved", agreement, by, now, reason=reason, before=before, after=str(state))
    publish("hosting.agreement_changed", now=now, agreement=agreement.ulid, state=str(state))
    return agreement


def traced(
    verb: str, agreement: Agreement, by: User | None, now: datetime, *, reason: str = "", **details: object
) -> None:
    """An entry of the audit log about the agreement."""
    audit.record(
        action=f"hosting.{verb}",
        object_ref=f"hosting:{agreement.ulid}",
        now=now,
        actor=by,
        reason=reason,
        **details,
    )


def _scopes(facility: Facility) -> list[str]:
    units = [scope for scope in unit_scopes(facility.lab) if scope != SCHOOL]
    return [f"facility:{facility.ulid}", *units]
