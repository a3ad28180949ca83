"""A use whose person forgot to log off: somebody proposes when it really ended, and whoever is responsible
for the instrument confirms or refuses, once and with a reason. A record is corrected by a `RecordChange`, so
what was measured stays readable; what that costs is the business of the room above.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, NotPermitted, Refusal, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value, values
from apps.core.workdays import add_working_days
from apps.instruments.queries import manages, may_manage
from apps.people.models import User
from apps.people.requirements import require_reason
from apps.usage.evidence import Stretch, as_json, evidence_of, load_before, original_of
from apps.usage.models import RecordChange, UsageCorrection, UsageRecord

State = UsageCorrection.State
# Only somebody's own use is logged on and off by the person whom it costs.
OWN_USE = frozenset({"booking", "walk_in"})
_MS = timedelta(milliseconds=1)
_DAYS = "usage.correction_days"
_ANSWER, _EXPIRE = "usage.correction_answer_days", "usage.correction_office_days"


@transaction.atomic
def propose_correction(
    *, record: UsageRecord, end: datetime, reason: str, by: User, now: datetime
) -> UsageCorrection:
    """`by`, the person or somebody who runs the instrument, says that the use ended at `end`, earlier than
    the meters say. What they say is kept with it. Nothing changes before it is confirmed.

    Raises NotPermitted `usage.correction_not_yours`; Invalid `core.reason_required`; and, at the field `end`,
    Invalid `usage.correction_before_start`, `usage.correction_beyond` (later than power went off),
    `usage.correction_same`, `usage.correction_overlap` (the next use had begun); WrongState
    `usage.correction_late` (after `usage.correction_days`); without a field WrongState
    `usage.correction_held`, `usage.correction_dismissed`, `usage.correction_purpose`,
    `usage.correction_open`.
    """
    record = _locked(record)
    if record.user_id != by.pk and not may_manage(by, record.instrument, now):
        raise NotPermitted(_("This is not your use."), code="usage.correction_not_yours")
    reason = require_reason(reason)[:500]
    line = evidence_of(record)
    refusal = obstacle(record, now) or _wrong_end(record, line, end)
    if refusal is not None:
        raise refusal
    powered = (end - record.started_at) // _MS
    load = load_before(line, end)
    total = sum(one.busy_ms for one in line)
    days = values((_ANSWER, _EXPIRE), at=now)
    due = add_working_days(now, int(days[_ANSWER]))
    measured = original_of(record)
    try:
        with transaction.atomic():
            made = UsageCorrection.objects.create(
                record=record,
                proposed_by=by,
                proposed_at=now,
                reason=reason,
                ended_at=record.started_at + powered * _MS,
                effective_ms=min(load, powered, measured.effective_ms),
                load_after_ms=total - load,
                measured_end=measured.end,
                measured_powered_ms=measured.powered_ms,
                measured_effective_ms=measured.effective_ms,
                evidence=as_json(line),
                remind_at=now + (due - now) / 2,
                due_at=due,
                expires_at=add_working_days(due, int(days[_EXPIRE])),
            )
    except IntegrityError:
        raise _open() from None
    audit.record(
        action="usage.propose_correction",
        object_ref=f"usage_record:{record.ulid}",
        now=now,
        actor=by,
        reason=reason,
        end=made.ended_at.isoformat(),
    )
    _tell(made, now)
    return made


@transaction.atomic
def decide_correction(
    *, correction: UsageCorrection, by: User, confirm: bool, why: str, now: datetime
) -> UsageCorrection:
    """Whoever is responsible for the instrument says whether it is so, with a reason; the first who answers
    has answered. Confirmed, the record says so from now on (`usage.corrected`).

    Raises NotPermitted `instruments.not_manager`, `usage.own_record`, `usage.own_proposal`,
    `usage.conflicted`; Invalid `core.reason_required`; WrongState `usage.correction_decided`.
    """
    record = _locked(correction.record)
    _require_judge(correction, record, by, now)
    why = require_reason(why)[:500]
    _close(correction, State.CONFIRMED if confirm else State.REFUSED, by, now, why)
    if confirm:
        _change(record, correction, now)
    _tell(correction, now)
    return correction


@transaction.atomic
def withdraw_correction(*, correction: UsageCorrection, by: User, now: datetime) -> UsageCorrection:
    """Whoever proposed it, or the person whose use it is, takes it back. Raises NotPermitted
    `usage.correction_not_yours`; WrongState `usage.correction_decided`.
    """
    record = _locked(correction.record)
    if by.pk not in (correction.proposed_by_id, record.user_id):
        raise NotPermitted(_("This is not your use."), code="usage.correction_not_yours")
    _close(correction, State.WITHDRAWN, by, now, "")
    _tell(correction, now)
    return correction


def obstacle(record: UsageRecord, now: datetime) -> Refusal | None:
    """Why nobody may propose another end for this record now, whatever it is; None where somebody may. Two
    queries at most.
    """
    if record.purpose not in OWN_USE or record.user_id is None:
        return WrongState(_("Only somebody's own use is corrected."), code="usage.correction_purpose")
    if record.held:
        return WrongState(
            _("The measurement of this use is looked into first."), code="usage.correction_held"
        )
    if record.verdict == UsageRecord.Verdict.DISMISSED:
        return WrongState(
            _("Nothing is counted of this use, so there is nothing to correct."),
            code="usage.correction_dismissed",
        )
    until = correctable_until(record, now)
    if now >= until:
        return WrongState(
            _("The time to correct this use is over."),
            code="usage.correction_late",
            field="end",
            until=until.isoformat(),
        )
    if UsageCorrection.objects.filter(record=record, state=State.OPEN).exists():
        return _open()
    return None


def correctable_until(record: UsageRecord, now: datetime) -> datetime:
    """Until when another end may be proposed: so many days after power went off by the meters."""
    return original_of(record).end + timedelta(days=int(value(_DAYS, at=now)))


def is_conflicted(record: UsageRecord, user: User) -> bool:
    """Whether the user is on the side of who profits: leads the group that pays, or was the second person."""
    fund, session = record.session.fund, record.session
    return session.second_user_id == user.pk or (fund is not None and fund.group.pi_id == user.pk)


def _wrong_end(record: UsageRecord, line: tuple[Stretch, ...], end: datetime) -> Refusal | None:
    measured_end = original_of(record).end
    if end <= record.started_at:
        return Invalid(_("The use had not begun then."), code="usage.correction_before_start", field="end")
    if end >= measured_end and end != record.ended_at:
        return Invalid(
            _("The meters say that power went off before that."),
            code="usage.correction_beyond",
            field="end",
            ended_at=measured_end.isoformat(),
        )
    if end == record.ended_at:
        return Invalid(_("The record says the same already."), code="usage.correction_same", field="end")
    later = UsageRecord.objects.filter(
        instrument=record.instrument,
        session__dev=record.session.dev,
        session__node=record.session.node,
        started_at__gt=record.started_at,
        started_at__lt=end,
    )
    if later.exclude(pk=record.pk).exists():
        return Invalid(
            _("The next use of the instrument had begun by then."),
            code="usage.correction_overlap",
            field="end",
        )
    return None


def _require_judge(correction: UsageCorrection, record: UsageRecord, by: User, now: datetime) -> None:
    if not manages(by, record.instrument, now):
        raise NotPermitted(_("Only the instrument's manager may do this."), code="instruments.not_manager")
    if record.user_id == by.pk:
        raise NotPermitted(_("Nobody judges an own use."), code="usage.own_record")
    if correction.proposed_by_id == by.pk:
        raise NotPermitted(_("Somebody else judges what you propose."), code="usage.own_proposal")
    if is_conflicted(record, by):
        raise NotPermitted(
            _("You are on the side of who pays for this use, so somebody else decides."),
            code="usage.conflicted",
        )


def _change(record: UsageRecord, correction: UsageCorrection, now: datetime) -> None:
    """The change first, the record after it: the database asks for that order."""
    powered = (correction.ended_at - record.started_at) // _MS
    effective = min(correction.effective_ms, powered)
    RecordChange.objects.create(
        record=record,
        number=record.changes.count() + 1,
        correction=correction,
        at=now,
        before_end=record.ended_at,
        before_powered_ms=record.powered_ms,
        before_effective_ms=record.effective_ms,
        after_end=correction.ended_at,
        after_powered_ms=powered,
        after_effective_ms=effective,
    )
    record.ended_at, record.powered_ms = correction.ended_at, powered
    record.effective_ms, record.idle_ms = effective, powered - effective
    record.save(update_fields=["ended_at", "powered_ms", "effective_ms", "idle_ms"])
    publish(
        "usage.corrected",
        now=now,
        record=record.ulid,
        correction=correction.ulid,
        session=record.session.ulid,
    )


def _close(correction: UsageCorrection, state: State, by: User | None, now: datetime, why: str) -> None:
    """Once: whoever comes second finds it answered."""
    mine = UsageCorrection.objects.filter(pk=correction.pk, state=State.OPEN)
    if not mine.update(state=state, decided_by=by, decided_at=now, why=why):
        raise WrongState(_("This proposal is already answered."), code="usage.correction_decided")
    correction.refresh_from_db()
    audit.record(
        action=f"usage.correction_{state.value}",
        object_ref=f"usage_record:{correction.record.ulid}",
        now=now,
        actor=by,
        reason=why,
        correction=correction.ulid,
    )


def expire(correction: UsageCorrection, now: datetime) -> bool:
    """Nobody answered: what was measured stays. False where somebody did meanwhile."""
    try:
        with transaction.atomic():
            _locked(correction.record)
            _close(correction, State.EXPIRED, None, now, "")
            _tell(correction, now)
    except WrongState:
        return False
    return True


def _locked(record: UsageRecord) -> UsageRecord:
    UsageRecord.objects.select_for_update(no_key=True).get(pk=record.pk)
    joined = UsageRecord.objects.select_related("instrument__facility", "session__fund__group", "user")
    return joined.get(pk=record.pk)


def _open() -> WrongState:
    return WrongState(
        _("Another end was proposed for this use already; it waits for an answer."),
        code="usage.correction_open",
    )


def _tell(correction: UsageCorrection, now: datetime) -> None:
    publish(
        "usage.correction_changed",
        now=now,
        correction=correction.ulid,
        record=correction.record.ulid,
        state=State(correction.state).value,
    )
