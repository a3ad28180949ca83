"""From a draft to what is judged: submitting freezes the content under its SHA-256, and an instrument has one
open case. Who decides about it is a workflow's business; it calls these with `by=None`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.fees.content import FEE, Content
from apps.fees.drafting import content_of, instruments_of, locked, require_manager
from apps.fees.evidence import require_files
from apps.fees.findings import Finding
from apps.fees.models import Proposal, ProposalInstrument, Submission
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.requirements import require_reason
from documents.canonical import digest
from documents.fonts import refuse_missing

State = Proposal.State


@transaction.atomic
def submit(
    *,
    proposal: Proposal,
    revision: int,
    by: User | None,
    now: datetime,
    source_case: str = "",
    findings: Sequence[Finding] = (),
    as_it_was: bool = False,
) -> Submission:
    """Freeze what the proposal says at this revision as its next submission. The first one opens the case of
    each of its instruments. `findings` is what the checks said (`checks.check`), kept beside it. With
    `as_it_was` it may say what the last one said: what it is judged by has changed, not what it proposes.

    Raises Invalid `fees.items`, `fees.not_open_reason`, `fees.file_unknown`, `documents.missing_glyph` (no
    paper could print it); NotPermitted `fees.not_manager`; WrongState `fees.not_editable`,
    `fees.changed_meanwhile`, `fees.case_open` (with the instrument and the other proposal),
    `fees.instrument_gone`, `fees.unchanged` (submitted again as it was).
    """
    row = locked(proposal)
    if row.state not in Proposal.EDITABLE:
        raise WrongState(_("This proposal is submitted already."), code="fees.not_editable", state=row.state)
    instruments = _locked_instruments(row)
    require_manager(instruments, by, now)
    if row.revision != revision:
        raise WrongState(
            _("Somebody saved this draft meanwhile."), code="fees.changed_meanwhile", revision=row.revision
        )
    content = content_of(row)
    _require_whole(content)
    require_files(row, content)
    refuse_missing(_printed(content, instruments))
    _require_there(instruments, now)
    sha256 = digest(row.content)
    last = row.submissions.order_by("-number").first()
    if last is not None and last.sha256 == sha256 and not as_it_was:
        raise WrongState(_("Nothing was changed since the last submission."), code="fees.unchanged")
    _open_cases(row, instruments)
    submission = Submission.objects.create(
        proposal=row,
        number=last.number + 1 if last else 1,
        content=row.content,
        sha256=sha256,
        findings=[asdict(finding) for finding in findings],
        submitted_at=now,
        by=by,
    )
    row.state = State.SUBMITTED
    row.source_case = source_case or row.source_case
    row.save(update_fields=["state", "source_case"])
    audit.record(
        action="fees.submit",
        object_ref=f"fee_proposal:{row.ulid}",
        now=now,
        actor=by,
        number=submission.number,
        sha256=sha256,
    )
    publish("fees.submitted", now=now, proposal=row.ulid, submission=submission.ulid)
    return submission


@transaction.atomic
def claim(*, proposal: Proposal, source_case: str) -> Proposal:
    """A case begins about a draft that nobody has submitted yet: its instruments are in that case from now
    on. Raises WrongState `fees.case_open`.
    """
    row = locked(proposal)
    _open_cases(row, _locked_instruments(row))
    row.source_case = source_case
    row.save(update_fields=["source_case"])
    return row


@transaction.atomic
def reopen(*, proposal: Proposal, reason: str, now: datetime, by: User | None = None) -> Proposal:
    """The proposal goes back to its manager, who may change it and submit it again; its instruments stay in
    this case. Raises Invalid `core.reason_required`; WrongState `fees.not_submitted`.
    """
    reason = require_reason(reason)
    row = locked(proposal)
    if row.state != State.SUBMITTED:
        raise WrongState(_("This proposal is not submitted."), code="fees.not_submitted", state=row.state)
    row.state = State.REVISING
    row.save(update_fields=["state"])
    _changed(row, "fees.reopen", reason, by, now)
    return row


@transaction.atomic
def end_proposal(
    *, proposal: Proposal, outcome: str, reason: str, now: datetime, by: User | None = None
) -> Proposal:
    """The proposal ends without an approval: `outcome` is 'rejected', 'withdrawn' or 'overtaken'. Its
    instruments are free for another case.

    Raises Invalid `fees.outcome`, `core.reason_required`; WrongState `fees.proposal_ended`.
    """
    if outcome not in (State.REJECTED, State.WITHDRAWN, State.OVERTAKEN):
        raise Invalid(_("A proposal cannot end like this."), code="fees.outcome", field="outcome")
    reason = require_reason(reason)
    row = locked(proposal)
    close(row, outcome, reason, now)
    _changed(row, f"fees.{outcome}", reason, by, now)
    return row


def close(row: Proposal, state: str, reason: str, now: datetime) -> None:
    """End a locked proposal and free its instruments. Raises WrongState `fees.proposal_ended`."""
    if row.state in Proposal.ENDED:
        raise WrongState(_("This proposal has ended."), code="fees.proposal_ended", state=row.state)
    row.state, row.ended_at, row.end_reason = State(state), now, reason
    row.save(update_fields=["state", "ended_at", "end_reason"])
    row.about.update(open=False)


def require_newest(row: Proposal, submission: Submission) -> None:
    """Only the newest submission of a submitted proposal is decided on: WrongState `fees.not_submitted`,
    `fees.superseded`.
    """
    if row.state != State.SUBMITTED:
        raise WrongState(_("This proposal is not submitted."), code="fees.not_submitted", state=row.state)
    if row.submissions.filter(number__gt=submission.number).exists():
        raise WrongState(_("This was submitted anew meanwhile."), code="fees.superseded")


def open_case_of(instruments: Iterable[Instrument]) -> dict[str, Proposal]:
    """The open proposals about any of these instruments, by the instrument's ULID. One query."""
    rows = ProposalInstrument.objects.filter(open=True, instrument__in=list(instruments))
    return {row.instrument.ulid: row.proposal for row in rows.select_related("instrument", "proposal")}


def _require_whole(content: Content) -> None:
    """Something to judge on every sheet; whether it is right is said by the checks and judged by the rule."""
    if content.kind == FEE and not all(sheet.items for sheet in content.sheets):
        raise Invalid(_("Every instrument needs at least one item."), code="fees.items", field="items")
    if not all(wish.cause.strip() and wish.reason.strip() for wish in content.not_open):
        raise Invalid(
            _("Say why the instrument is not to be open."), code="fees.not_open_reason", field="reason"
        )


def _printed(content: Content, instruments: Sequence[Instrument]) -> dict[str, Any]:
    """What notice and decision will say in the words of the proposal and of the asset record: it must be
    possible to print it before anybody judges it.
    """
    return {
        "instruments": [[one.name_zh, one.name_en, one.model] for one in instruments],
        "items": [[item.name_zh, item.name_en] for sheet in content.sheets for item in sheet.items],
        "opening": [sheet.hours.opening for sheet in content.sheets],
        "reason": [wish.reason for wish in content.not_open],
    }


def _require_there(instruments: Sequence[Instrument], now: datetime) -> None:
    for instrument in instruments:
        if instrument.retired_at is not None and instrument.retired_at <= now:
            raise WrongState(
                _("This instrument is retired."), code="fees.instrument_gone", instrument=instrument.ulid
            )


def _locked_instruments(row: Proposal) -> list[Instrument]:
    """Its instruments, in order, as they are now. Locked in one order of rows, so that two who submit at the
    same moment, or one who submits what is just being opened by itself, come one after the other.
    """
    rows = Instrument.objects.select_for_update(no_key=True).filter(fee_proposals__proposal=row)
    fresh = {instrument.pk: instrument for instrument in rows.order_by("pk")}
    return [fresh[instrument.pk] for instrument in instruments_of(row)]


def _open_cases(row: Proposal, instruments: Sequence[Instrument]) -> None:
    taken = ProposalInstrument.objects.filter(open=True, instrument__in=instruments).exclude(proposal=row)
    other = taken.select_related("instrument", "proposal").first()
    if other is not None:
        raise _case_open(other.instrument, other.proposal.ulid)
    try:
        with transaction.atomic():
            row.about.update(open=True)
    except IntegrityError:  # somebody submitted for the same instrument at the same moment
        raise _case_open(instruments[0], "") from None


def _case_open(instrument: Instrument, proposal: str) -> WrongState:
    return WrongState(
        _("A case about the fees of %(name)s is open already.") % {"name": instrument.name},
        code="fees.case_open",
        instrument=instrument.ulid,
        proposal=proposal,
    )


def _changed(row: Proposal, action: str, reason: str, by: User | None, now: datetime) -> None:
    audit.record(action=action, object_ref=f"fee_proposal:{row.ulid}", now=now, actor=by, reason=reason)
    publish("fees.proposal_changed", now=now, proposal=row.ulid, state=str(row.state))
