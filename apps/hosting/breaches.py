"""A side does not keep the agreement: warning with time to mend it, suspension, resumption or the end."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.hosting.models import Agreement, Breach, Side
from apps.hosting.running import resume, suspend
from apps.hosting.sides import SIDES, locked, require_side, sides_of, traced
from apps.people.models import User
from apps.people.requirements import require_active, require_reason

State = Breach.State


@transaction.atomic
def report_breach(*, agreement: Agreement, side: str, what: str, by: User, now: datetime) -> Breach:
    """The other side, or the office, says what is not kept; the side is warned and has `hosting.cure_days` to
    mend it.

    Raises Invalid `core.reason_required`, `hosting.side`; NotPermitted `hosting.not_your_side`,
    `hosting.own_breach`, `people.not_active`; WrongState `hosting.moved`, `hosting.breach_open`.
    """
    what = require_reason(what)
    require_active(by, now)
    if side not in SIDES:
        raise Invalid(_("Please choose which side it is."), code="hosting.side", field="side")
    mine = sides_of(by, agreement, now)
    if not mine:
        raise NotPermitted(_("You do not act for this side."), code="hosting.not_your_side")
    if side in mine and Side.OFFICE not in mine:
        raise NotPermitted(_("The other side, or the office, says so."), code="hosting.own_breach")
    row = locked(agreement, Agreement.State.RUNNING)
    try:
        with transaction.atomic():
            made = Breach.objects.create(
                agreement=row,
                side=side,
                what=what,
                reported_by=by,
                reported_at=now,
                cure_until=now + timedelta(days=int(value("hosting.cure_days", at=now))),
            )
    except IntegrityError as exc:
        raise WrongState(_("A breach is looked into already."), code="hosting.breach_open") from exc
    traced("report_breach", row, by, now, reason=what, side=side)
    _tell(made, now)
    return made


@transaction.atomic
def cure(*, breach: Breach, by: User | None, now: datetime, note: str = "") -> Breach:
    """The office finds that it is mended in time. Raises `hosting.not_your_side`; WrongState
    `hosting.breach_settled`.
    """
    require_side(breach.agreement, Side.OFFICE, by, now)
    return _settle(breach, (State.WARNED,), State.CURED, by, now, note)


@transaction.atomic
def suspend_for(*, breach: Breach, by: User | None, now: datetime, note: str) -> Breach:
    """It is not mended: the clauses rest. The system does so only once the time to mend it is over. Raises
    WrongState `hosting.breach_settled`, `hosting.cure_runs`, `hosting.moved`; Invalid `core.reason_required`.
    """
    require_side(breach.agreement, Side.OFFICE, by, now)
    if by is None and now < breach.cure_until:
        raise WrongState(_("There is still time to mend it."), code="hosting.cure_runs")
    row = _settle(breach, (State.WARNED,), State.SUSPENDED, by, now, require_reason(note))
    suspend(agreement=row.agreement, by=by, now=now, reason=note)
    return row


@transaction.atomic
def resume_after(*, breach: Breach, by: User | None, now: datetime, note: str = "") -> Breach:
    """It is mended after all: the clauses count again. Raises WrongState `hosting.breach_settled`,
    `hosting.moved`.
    """
    require_side(breach.agreement, Side.OFFICE, by, now)
    row = _settle(breach, (State.SUSPENDED,), State.RESUMED, by, now, note)
    resume(agreement=row.agreement, by=by, now=now, reason=note)
    return row


@transaction.atomic
def end_over(*, breach: Breach, by: User | None, now: datetime, note: str) -> Breach:
    """The agreement is not resumed; it is given up. Raises WrongState `hosting.breach_settled`; Invalid
    `core.reason_required`.
    """
    require_side(breach.agreement, Side.OFFICE, by, now)
    return _settle(breach, (State.SUSPENDED,), State.ENDED, by, now, require_reason(note))


def open_breach(agreement: Agreement) -> Breach | None:
    """The breach that is looked into, or over which the agreement is suspended. One query."""
    return agreement.breaches.filter(state__in=(State.WARNED, State.SUSPENDED)).first()


def _settle(
    breach: Breach, states: tuple[str, ...], state: str, by: User | None, now: datetime, note: str
) -> Breach:
    locked(breach.agreement)
    changed = Breach.objects.filter(pk=breach.pk, state__in=states).update(
        state=state, settled_at=now, settled_by=by, note=note.strip()
    )
    if not changed:
        raise WrongState(_("This breach has been settled otherwise."), code="hosting.breach_settled")
    row = Breach.objects.select_related("agreement__group", "agreement__facility").get(pk=breach.pk)
    traced("settle_breach", row.agreement, by, now, reason=note, state=str(state))
    _tell(row, now)
    return row


def _tell(row: Breach, now: datetime) -> None:
    publish(
        "hosting.breach_changed",
        now=now,
        agreement=row.agreement.ulid,
        breach=row.ulid,
        state=str(row.state),
    )
