"""What somebody used and what it cost, and the true end of a use, for programs: the same operations and
refusals as on the pages.
"""

from datetime import datetime
from typing import Any, Literal

from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from apps.billing.models import BookingCharge, Charge
from apps.billing.parts import parts_of
from apps.core import clock, keyset
from apps.core.api import Asked, Moment, PageAsked, PageOf, Told
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once
from apps.usage.awaiting import correction_for, corrections_for, my_corrections
from apps.usage.correcting import decide_correction, propose_correction, withdraw_correction
from apps.usage.evidence import evidence_of, original_of
from apps.usage.models import UsageCorrection, UsageRecord
from apps.usage.queries import my_usage, record_for

router = Router(tags=["usage"])
corrections = Router(tags=["usage"])


class UseTold(Told):
    """A use as it counts now. Times in ms; `charged_fen` is null until it is charged; `corrected`: it was."""

    ulid: str
    asset_no: str
    purpose: str
    started_at: datetime
    ended_at: datetime
    powered_ms: int
    effective_ms: int
    held: str
    charged_fen: int | None
    corrected: bool


class PartTold(Told):
    """A part of the fee for a booking that was not kept: `fen`, which are `per_mille` of `base_fen`.
    `refunded` says why it went back, empty where it did not.
    """

    ulid: str
    booking: str
    asset_no: str
    kind: str
    base_fen: int
    per_mille: int
    fen: int
    fund: str
    charged_at: datetime
    refunded: str


class StretchTold(Told):
    """Time between two readings, and what of it (ms) was under power and under load."""

    start: datetime
    end: datetime
    powered_ms: int
    busy_ms: int


class EvidenceTold(Told):
    """What the sensors say of a use, and what the record said before any correction."""

    measured_end: datetime
    measured_powered_ms: int
    measured_effective_ms: int
    stretches: list[StretchTold]


class Proposal(Asked):
    """When the use ended, and why that is not what the meters say."""

    end: Moment
    reason: str = Field(max_length=500)


class Answer(Asked):
    """Whether it is so, and why."""

    confirm: bool
    reason: str = Field(max_length=500)


class CorrectionTold(Told):
    """A proposed end of a use. `load_after_ms` is load that was measured after it."""

    ulid: str
    use: str
    asset_no: str
    user: str
    proposed_by: str
    proposed_at: datetime
    ended_at: datetime
    effective_ms: int
    load_after_ms: int
    reason: str
    state: UsageCorrection.State
    due_at: datetime
    expires_at: datetime
    why: str


class CorrectionsAsked(PageAsked):
    """`whose`: those of one's own uses and proposals, or those that wait for one's answer."""

    whose: Literal["mine", "answer"] = "mine"


@router.get("", response=PageOf[UseTold], **scoped("usage:read", _("Your uses and what they cost")))
def uses(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[UseTold]:
    """The latest first. 422 `core.cursor`."""
    counting = Prefetch("charges", queryset=Charge.objects.filter(replaced_by__isnull=True))
    found = my_usage(viewer(request)).prefetch_related(counting, "changes")
    part = keyset.slice_of(found, order=("-started_at", "-id"), size=asked.limit, cursor=asked.cursor)
    return PageOf[UseTold](items=[_use(one) for one in part.rows], next=part.next)


@router.get(
    "/parts", response=PageOf[PartTold], **scoped("usage:read", _("What you paid for bookings not kept"))
)
def parts(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[PartTold]:
    """The latest first. 422 `core.cursor`."""
    found = parts_of(viewer(request))
    part = keyset.slice_of(found, order=("-charged_at", "-id"), size=asked.limit, cursor=asked.cursor)
    return PageOf[PartTold](items=[_part(one) for one in part.rows], next=part.next)


@router.get(
    "/{ulid}/evidence", response=EvidenceTold, **scoped("usage:read", _("What the sensors say of a use"))
)
def evidence(request: HttpRequest, ulid: str) -> EvidenceTold:
    """For its person and who runs the instrument. 404 `usage.no_record`."""
    record = record_for(viewer(request), ulid, clock.now())
    original = original_of(record)
    return EvidenceTold(
        measured_end=original.end,
        measured_powered_ms=original.powered_ms,
        measured_effective_ms=original.effective_ms,
        stretches=[StretchTold.model_validate(one) for one in evidence_of(record)],
    )


@router.post(
    "/{ulid}/corrections",
    response={201: CorrectionTold},
    **scoped("usage:write", _("Say when a use really ended")),
)
def propose(
    request: HttpRequest, ulid: str, wish: Proposal, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """It waits for whoever is responsible for the instrument. 404 `usage.no_record`; 409 `usage.` and
    correction_late, correction_held, correction_dismissed, correction_purpose, correction_open; 422 `usage.`
    and correction_before_start, correction_beyond, correction_same, correction_overlap (field `end`);
    `core.reason_required`, `core.idempotency_key`.
    """

    def act() -> CorrectionTold:
        user, now = viewer(request), clock.now()
        record = record_for(user, ulid, now)
        made = propose_correction(record=record, end=wish.end, reason=wish.reason, by=user, now=now)
        return _told(correction_for(user, made.ulid, now))

    return once(request, idempotency_key, act, status=201)


@corrections.get("", response=PageOf[CorrectionTold], **scoped("usage:read", _("Proposed ends of uses")))
def usage_corrections(request: HttpRequest, asked: Query[CorrectionsAsked]) -> PageOf[CorrectionTold]:
    """The latest first. 422 `core.cursor`."""
    user = viewer(request)
    found = my_corrections(user) if asked.whose == "mine" else corrections_for(user, clock.now())
    part = keyset.slice_of(found, order=("-proposed_at", "-id"), size=asked.limit, cursor=asked.cursor)
    return PageOf[CorrectionTold](items=[_told(one) for one in part.rows], next=part.next)


@corrections.post(
    "/{ulid}/answer", response=CorrectionTold, **scoped("usage:write", _("Answer a proposed end of a use"))
)
def answer_correction(
    request: HttpRequest, ulid: str, answer: Answer, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The first who answers has answered. 403 `instruments.not_manager`, `usage.own_record`,
    `usage.own_proposal`, `usage.conflicted`; 404 `usage.no_correction`; 409 `usage.correction_decided`; 422
    `core.reason_required`, `core.idempotency_key`.
    """

    def act() -> CorrectionTold:
        user, now = viewer(request), clock.now()
        found = correction_for(user, ulid, now)
        decide_correction(correction=found, by=user, confirm=answer.confirm, why=answer.reason, now=now)
        return _told(correction_for(user, ulid, now))

    return once(request, idempotency_key, act)


@corrections.post(
    "/{ulid}/withdraw", response=CorrectionTold, **scoped("usage:write", _("Take a proposed end back"))
)
def withdraw_usage_correction(
    request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """By whoever proposed it or whose use it is. 403 `usage.correction_not_yours`; 404
    `usage.no_correction`; 409 `usage.correction_decided`; 422 `core.idempotency_key`.
    """

    def act() -> CorrectionTold:
        user, now = viewer(request), clock.now()
        found = correction_for(user, ulid, now)
        withdraw_correction(correction=found, by=user, now=now)
        return _told(correction_for(user, ulid, now))

    return once(request, idempotency_key, act)


def _part(one: BookingCharge) -> PartTold:
    went_back = getattr(one, "refund", None)
    return PartTold(
        ulid=one.ulid,
        booking=one.booking.ulid,
        asset_no=one.booking.instrument.asset_no,
        kind=one.entry.kind,
        base_fen=one.base_fen,
        per_mille=one.per_mille,
        fen=one.amount_fen,
        fund=one.fund.number,
        charged_at=one.charged_at,
        refunded=went_back.why if went_back else "",
    )


def _use(one: UsageRecord) -> UseTold:
    charge = next(iter(one.charges.all()), None)
    return UseTold(
        ulid=one.ulid,
        asset_no=one.instrument.asset_no,
        purpose=one.purpose,
        started_at=one.started_at,
        ended_at=one.ended_at,
        powered_ms=one.powered_ms,
        effective_ms=one.effective_ms,
        held=one.held,
        charged_fen=charge.amount_fen if charge else None,
        corrected=bool(one.changes.all()),
    )


def _told(one: UsageCorrection) -> CorrectionTold:
    record = one.record
    return CorrectionTold(
        ulid=one.ulid,
        use=record.ulid,
        asset_no=record.instrument.asset_no,
        user=record.user.ulid if record.user else "",
        proposed_by=one.proposed_by.ulid,
        proposed_at=one.proposed_at,
        ended_at=one.ended_at,
        effective_ms=one.effective_ms,
        load_after_ms=one.load_after_ms,
        reason=one.reason,
        state=UsageCorrection.State(one.state),
        due_at=one.due_at,
        expires_at=one.expires_at,
        why=one.why,
    )
