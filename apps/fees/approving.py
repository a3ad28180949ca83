"""What was decided comes into force: versions from a submission, at the prices that were approved, or the
record that an instrument is not open. Only a workflow (or an import that says so) calls these.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.clock import school_time
from apps.core.errors import Invalid, WrongState
from apps.core.outbox import publish
from apps.core.parameters import value
from apps.fees.content import FEE, NOT_OPEN, TIERS, Content, PriceSet, Sheet, read_text
from apps.fees.drafting import locked
from apps.fees.models import FeeVersion, NotOpenApproval, Proposal, Submission
from apps.fees.operations import approve_version
from apps.fees.submitting import close, require_newest
from apps.fees.versioning import item_drafts
from apps.instruments.models import Instrument


@transaction.atomic
def approve_submission(
    *,
    submission: Submission,
    approval_no: str,
    valid_from: datetime,
    source_case: str,
    now: datetime,
    prices: PriceSet | None = None,
    review_by: date | None = None,
) -> list[FeeVersion]:
    """A version of every sheet from `valid_from` on, at the submitted prices or, where the decision changed
    them, at `prices`; the predecessors end at the same instant. `approval_no` is the number of the decision
    document; without `review_by` the versions are reviewed after `fees.review_days`.

    Raises Invalid `fees.kind`, `fees.price_unknown` and everything of `approve_version`; WrongState
    `fees.not_submitted`, `fees.superseded`, `fees.instrument_gone`, `fees.overlap`, `fees.retroactive`.
    """
    row = locked(submission.proposal)
    require_newest(row, submission)
    content = with_prices(_content(submission, FEE), prices)
    until = review_by or _days_on(valid_from, value("fees.review_days", at=now))
    versions = [
        approve_version(
            instrument=instrument,
            approval_no=approval_no,
            items=item_drafts(sheet),
            terms=sheet.terms,
            planned_hours_year=sheet.hours.planned_hours_year,
            valid_from=valid_from,
            source_case=source_case,
            submission=submission,
            review_by=until,
            now=now,
        )
        for sheet, instrument in _with_instruments(content, now)
    ]
    _approved(row, now)
    return versions


@transaction.atomic
def approve_not_open(
    *, submission: Submission, approval_no: str, valid_from: datetime, source_case: str, now: datetime
) -> list[NotOpenApproval]:
    """The instruments of an application are not open from `valid_from` on, for `fees.not_open_days`; an
    approval that runs already ends then.

    Raises Invalid `fees.kind`, `fees.terms`; WrongState `fees.not_submitted`, `fees.superseded`,
    `fees.overlap`.
    """
    row = locked(submission.proposal)
    require_newest(row, submission)
    content = _content(submission, NOT_OPEN)
    if not approval_no.strip():
        raise Invalid(_("The decision has a number."), code="fees.terms", field="approval_no")
    until = valid_from + timedelta(days=int(value("fees.not_open_days", at=now)))
    approvals = []
    for wish in content.not_open:
        instrument = Instrument.objects.select_for_update(no_key=True).get(ulid=wish.instrument)
        _end_not_open(instrument, valid_from)
        approval = NotOpenApproval.objects.create(
            instrument=instrument,
            submission=submission,
            approval_no=approval_no.strip(),
            cause=wish.cause,
            reason=wish.reason,
            source_case=source_case,
            valid_from=valid_from,
            valid_until=until,
        )
        publish("fees.not_open_approved", now=now, instrument=instrument.ulid, approval=approval.ulid)
        approvals.append(approval)
    _approved(row, now)
    return approvals


def with_prices(content: Content, prices: PriceSet | None) -> Content:
    """The content at other prices; what they do not name stays. Raises Invalid `fees.price_unknown` for a
    price that the content does not have (a decision changes prices, it adds none), `fees.price` below zero.
    """
    if prices is None:
        return content
    changed = {(price.instrument, price.item, price.tier): price.fen for price in prices.prices}
    known = {
        (sheet.instrument, item.code, tier)
        for sheet in content.sheets
        for item in sheet.items
        for tier in TIERS
        if item.prices.of(tier) is not None
    }
    for key, fen in changed.items():
        if key not in known:
            raise Invalid(
                _("The proposal has no such price."), code="fees.price_unknown", field="prices", item=key[1]
            )
        if fen < 0:
            raise Invalid(_("This price cannot be read."), code="fees.price", field="prices", item=key[1])
    return replace(content, sheets=tuple(_reprice(sheet, changed) for sheet in content.sheets))


def _reprice(sheet: Sheet, changed: Mapping[tuple[str, str, str], int]) -> Sheet:
    items = []
    for item in sheet.items:
        prices = {
            f"{tier}_fen": changed[sheet.instrument, item.code, tier]
            for tier in TIERS
            if (sheet.instrument, item.code, tier) in changed
        }
        items.append(replace(item, prices=replace(item.prices, **prices)))
    return replace(sheet, items=tuple(items))


def _content(submission: Submission, kind: str) -> Content:
    content = read_text(submission.content)
    if content.kind != kind:
        raise Invalid(_("This proposal is of another kind."), code="fees.kind", field="kind")
    return content


def _with_instruments(content: Content, now: datetime) -> list[tuple[Sheet, Instrument]]:
    # Always in the same order of rows, so that two batches never wait for each other.
    rows = {
        row.ulid: row
        for row in Instrument.objects.select_for_update(no_key=True)
        .filter(ulid__in=content.instruments)
        .order_by("pk")
    }
    for row in rows.values():
        if row.retired_at is not None and row.retired_at <= now:
            raise WrongState(
                _("This instrument is retired."), code="fees.instrument_gone", instrument=row.ulid
            )
    return [(sheet, rows[sheet.instrument]) for sheet in content.sheets]


def _end_not_open(instrument: Instrument, valid_from: datetime) -> None:
    running = NotOpenApproval.objects.filter(
        instrument=instrument, revoked_at__isnull=True, valid_until__gt=valid_from
    )
    if running.filter(valid_from__gte=valid_from).exists():
        raise WrongState(_("Another decision begins in this period."), code="fees.overlap")
    running.update(valid_until=valid_from)


def _approved(row: Proposal, now: datetime) -> None:
    close(row, Proposal.State.APPROVED, "", now)
    publish("fees.proposal_changed", now=now, proposal=row.ulid, state=str(row.state))


def _days_on(moment: datetime, days: int) -> date:
    return school_time(moment).date() + timedelta(days=int(days))
