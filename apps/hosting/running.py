"""An agreement in force: from the handover to its end. Each step is taken once, from the state that it
wants, and moves the rows of the clauses with it.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.clock import end_of_school_day, school_time
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.periods import in_force
from apps.hosting.clauses import pull, pull_privileges, push, push_privileges
from apps.hosting.inventory import confirmed
from apps.hosting.models import Agreement, ExitNotice, Inventory, Side, Signature, TermsVersion
from apps.hosting.negotiating import terms_of
from apps.hosting.offering import is_theirs
from apps.hosting.repairs import terms_at
from apps.hosting.sides import SIDES, locked, moved, require_side, side_for, traced
from apps.instruments.models import HOSTED, HOSTING_ENDED, CrewMember, Instrument
from apps.instruments.operations import appoint_crew, hand_over
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.training.models import Certificate
from apps.training.operations import withdraw_certificate

State = Agreement.State


@transaction.atomic
def take_in(*, agreement: Agreement, manager: User | None, by: User | None, now: datetime) -> Agreement:
    """The instrument is in the host's hands: it is run by the facility from now on, its crew and certificates
    of before end (the host certifies anew, the owner's people too), a manager is appointed, and the clauses
    run, from the first day of the terms where that is still to come. Both sides have confirmed what changed
    hands.

    Raises Invalid `hosting.no_manager`; WrongState `hosting.moved`, `hosting.not_confirmed`,
    `hosting.not_taken_in`, `hosting.not_theirs` where it came into the register after the offer, at another
    unit, and what `appoint_crew` refuses.
    """
    row = locked(agreement, State.COUNTERSIGNED)
    if confirmed(row, Inventory.Way.IN) is None:
        raise WrongState(_("Both sides confirm first what changes hands."), code="hosting.not_confirmed")
    machine = _machine(row)
    # Offered by a number that the register did not have yet, it was not looked at so far.
    if row.instrument is None and not is_theirs(machine, row.group):
        raise WrongState(
            _(
                "The register has this instrument at another unit than that of the owner's group."
                " The equipment office corrects the register, or the offer is taken back."
            ),
            code="hosting.not_theirs",
        )
    terms = _terms(row)
    before = machine.facility
    machine = hand_over(instrument=machine, facility=row.facility, hosting=HOSTED, by=by, now=now)
    for certificate in Certificate.objects.filter(in_force(now), instrument=machine):
        withdraw_certificate(
            certificate=certificate, reason=str(_("The host certifies anew.")), by=None, now=now
        )
    if manager is not None and not machine.crew.filter(in_force(now), role="manager").exists():
        appoint_crew(instrument=machine, user=manager, role=CrewMember.Role.MANAGER, by=None, now=now)
    push(row, machine, terms_of(terms), now)
    return moved(row, State.RUNNING, by, now, instrument=machine, facility_before=before, started_at=now)


@transaction.atomic
def suspend(*, agreement: Agreement, by: User | None, now: datetime, reason: str) -> Agreement:
    """The owner's hours and discount rest; the host runs the instrument as before and the income is divided
    as agreed. An agreement of which notice was given goes on to its end without them. Raises Invalid
    `core.reason_required`; NotPermitted `hosting.not_your_side`; WrongState `hosting.moved`.
    """
    reason = require_reason(reason)
    require_side(agreement, "office", by, now)
    row = locked(agreement, State.RUNNING, State.LEAVING)
    pull_privileges(row, now)
    if row.state == State.LEAVING:
        traced("suspend_while_leaving", row, by, now, reason=reason)
        return row
    return moved(row, State.SUSPENDED, by, now, reason=reason)


@transaction.atomic
def resume(*, agreement: Agreement, by: User | None, now: datetime, reason: str = "") -> Agreement:
    """The breach is mended: the clauses count again from now on. Raises as `suspend`, and WrongState
    `hosting.over` once its time has run out.
    """
    require_side(agreement, "office", by, now)
    row = locked(agreement, State.SUSPENDED, State.LEAVING)
    machine = _machine(row)
    if machine.hosting != HOSTED:
        raise WrongState(_("The agreement is over; it is not resumed."), code="hosting.over")
    for version in dict.fromkeys((terms_at(row, now), _terms(row))):  # a renewal may be still to begin
        push_privileges(row, machine, terms_of(version), now)
    if row.state == State.LEAVING:
        traced("resume_while_leaving", row, by, now, reason=reason)
        return row
    return moved(row, State.RUNNING, by, now, reason=reason)


@transaction.atomic
def give_notice(*, agreement: Agreement, by: User | None, now: datetime, reason: str) -> ExitNotice:
    """A side gives the agreement up (the office, without `by`); it ends at the end of the last school day of
    the agreed notice, but not later than it does anyway. Until then everything runs.

    Raises Invalid `core.reason_required`; NotPermitted `hosting.not_your_side`; WrongState `hosting.moved`,
    `hosting.over` once its last day is over.
    """
    reason = require_reason(reason)
    side = side_for(agreement, by, now) if by is not None else Side.OFFICE
    row = locked(agreement, State.RUNNING, State.SUSPENDED)
    terms = terms_of(_terms(row))
    last = end_of_school_day(terms.until)
    _require_time_left(last, now)
    over = min(ends_after(terms.exit_days, now), last)
    notice = ExitNotice.objects.create(agreement=row, side=side, by=by, at=now, reason=reason, ends_at=over)
    if row.state == State.SUSPENDED:
        traced("notice_while_suspended", row, by, now, reason=reason)
    moved(row, State.LEAVING, by, now, reason=reason)
    return notice


@transaction.atomic
def end_agreement(*, agreement: Agreement, by: User | None, now: datetime, reason: str) -> Agreement:
    """The instrument is back with its owner, by an inventory that both sides have confirmed: the clauses end,
    and the facility of before runs it again. The income of what was used until now stays divided.

    Raises Invalid `core.reason_required`; WrongState `hosting.moved`, `hosting.not_confirmed`,
    `hosting.notice_runs` while a notice that the other side may rely on is not over.
    """
    reason = require_reason(reason)
    row = locked(agreement, *Agreement.IN_FORCE)
    notice = ExitNotice.objects.filter(agreement=row).first()
    if notice is not None and now < notice.ends_at:
        raise WrongState(
            _("The notice of exit is not over yet."),
            code="hosting.notice_runs",
            ends_at=notice.ends_at.isoformat(),
        )
    if confirmed(row, Inventory.Way.OUT) is None:
        raise WrongState(_("Both sides confirm first what changes hands."), code="hosting.not_confirmed")
    pull(row, now)
    machine = _machine(row)
    back = row.facility_before or row.facility
    hand_over(instrument=machine, facility=back, hosting="own", by=by, now=now)
    return moved(row, State.ENDED, by, now, reason=reason, ended_at=now, ended_why=reason)


@transaction.atomic
def run_out(*, agreement: Agreement, now: datetime) -> Agreement:
    """Its period or its notice is over and the instrument is still at the host: the clauses end and it opens
    for nobody until it is given back. Asked again, nothing changes. Raises WrongState `hosting.moved`,
    `hosting.notice_runs`.
    """
    row = locked(agreement, *Agreement.IN_FORCE)
    if now < ends_at(row):
        raise WrongState(_("The agreement is not over yet."), code="hosting.notice_runs")
    pull(row, now)
    machine = _machine(row)
    if machine.hosting == HOSTED:
        hand_over(instrument=machine, facility=machine.facility, hosting=HOSTING_ENDED, by=None, now=now)
        traced("run_out", row, None, now)
    return row


@transaction.atomic
def renew(*, agreement: Agreement, version: TermsVersion, by: User, now: datetime) -> Agreement:
    """The office confirms other terms, to which both sides have agreed while it ran: they count from now on,
    or from their first day where that is later; until then those of before do.

    Raises Invalid `hosting.not_agreed`; NotPermitted `hosting.not_your_side`, `hosting.other_side`;
    WrongState `hosting.moved`, `hosting.over` once its last day is over, `hosting.same_terms`.
    """
    require_side(agreement, Side.OFFICE, by, now)
    row = locked(agreement, State.RUNNING)
    _require_time_left(ends_at(row), now)
    accepted = {one.side: one.by for one in version.acceptances.select_related("by")}
    if version.agreement_id != row.pk or not accepted.keys() >= set(SIDES):
        raise Invalid(_("Both sides have to agree to these terms first."), code="hosting.not_agreed")
    if version.pk == row.terms_id:
        raise WrongState(_("These terms count already."), code="hosting.same_terms")
    signing = {**accepted, str(Side.OFFICE): by}
    if len({who.pk for who in signing.values()}) < len(signing):
        raise NotPermitted(_("Nobody signs for two sides."), code="hosting.other_side")
    for side, who in signing.items():
        Signature.objects.create(agreement=row, terms=version, side=side, by=who, at=now)
    row.terms = version
    row.save(update_fields=["terms"])
    push(row, _machine(row), terms_of(version), now)
    traced("renew", row, by, now, version=version.number)
    return row


def ends_at(agreement: Agreement) -> datetime:
    """When the agreement is over: at the end of its notice, else at the end of its last day. One query."""
    notice = ExitNotice.objects.filter(agreement=agreement).first()
    if notice is not None:
        return notice.ends_at
    return end_of_school_day(terms_of(_terms(agreement)).until)


def ends_after(days: int, now: datetime) -> datetime:
    """The end of the school day that lies so many days ahead."""
    return end_of_school_day(school_time(now).date() + timedelta(days=days))


def _require_time_left(last: datetime, now: datetime) -> None:
    if now >= last:
        raise WrongState(_("The last day of the agreement is over."), code="hosting.over")


def _machine(row: Agreement) -> Instrument:
    machine = row.instrument or Instrument.objects.filter(asset_no=row.asset_no).first()
    if machine is None:
        raise WrongState(
            _("The instrument is not in the register yet. The office takes it in first."),
            code="hosting.not_taken_in",
        )
    return machine


def _terms(row: Agreement) -> TermsVersion:
    if row.terms is None:
        raise WrongState(_("No terms are agreed."), code="hosting.moved", state=row.state)
    return row.terms
