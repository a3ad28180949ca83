"""Fee proposals for programs: the same drafts, the same checks and the same refusals as on the pages."""

import json
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from apps.core import clock, keyset
from apps.core.api import Asked, PageAsked, PageOf, Told
from apps.core.errors import Invalid
from apps.fees.drafting import create_draft, discard_draft, parse_content, save_draft
from apps.fees.editing import look_at, require_readable
from apps.fees.findings import Finding
from apps.fees.mending import mend
from apps.fees.models import Proposal
from apps.fees.reach import proposal_for, proposals_for
from apps.fees.wording import say
from apps.instruments.models import Instrument
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["fee proposals"])


class ProposalsAsked(PageAsked):
    """In which state; empty: in any."""

    state: Literal["", "draft", "submitted", "revising", "approved", "rejected", "withdrawn", "overtaken"] = (
        ""
    )


class ProposalWish(Asked):
    """A new draft: a fee standard, or an application not to open. `copy_in_force` begins each sheet with the
    version in force.
    """

    kind: Literal["fee", "not_open"]
    asset_nos: list[str] = Field(min_length=1, max_length=40)
    title: str = Field("", max_length=120)
    copy_in_force: bool = True


class DraftWish(Asked):
    """What the draft says from now on. `revision` is the one that was read; `content` has the shape of the
    answer's `content`: money in fen, costs in ten-thousandths of a yuan, rates as decimal strings.
    """

    revision: int = Field(ge=0, le=2**31 - 1)
    content: dict[str, Any]
    title: str | None = Field(None, max_length=120)


class ProposalTold(Told):
    """A proposal. `revision` counts its saves."""

    ulid: str
    kind: str
    title: str
    state: str
    revision: int
    saved_at: datetime
    asset_nos: list[str]


class FindingTold(Told):
    """What a check found: a stable code, `block`, `warn` or `note`, the instrument (ULID), the code of the
    item and the member that it is about, the numbers, and both halves of its sentence.
    """

    code: str
    severity: str
    instrument: str
    item: str
    field: str
    args: dict[str, Any]
    message: str
    mend: str


class ProposalInFull(ProposalTold):
    """A proposal with what it says and what the checks find now."""

    content: dict[str, Any]
    findings: list[FindingTold]


class DiscardedTold(Told):
    """That the draft is gone."""

    discarded: bool


@router.get(
    "", response=PageOf[ProposalTold], **scoped("fees:read", _("Fee proposals about your instruments"))
)
def fee_proposals(request: HttpRequest, asked: Query[ProposalsAsked]) -> PageOf[ProposalTold]:
    """Those of which the person manages every instrument, the last saved first. 422 `core.cursor`."""
    rows = proposals_for(viewer(request), clock.now()).prefetch_related("about__instrument")
    if asked.state:
        rows = rows.filter(state=asked.state)
    part = keyset.slice_of(rows, order=("-saved_at", "-id"), size=asked.limit, cursor=asked.cursor)
    return PageOf[ProposalTold](items=[ProposalTold(**_members(one)) for one in part.rows], next=part.next)


@router.get(
    "/{ulid}",
    response=ProposalInFull,
    **scoped("fees:read", _("One fee proposal, with what the checks find")),
)
def fee_proposal(request: HttpRequest, ulid: str) -> ProposalInFull:
    """For who manages every instrument of it. 404 `fees.no_proposal`."""
    now = clock.now()
    return _in_full(proposal_for(viewer(request), ulid, now), now)


@router.post("", response={201: ProposalInFull}, **scoped("fees:write", _("Begin a fee proposal")))
def create_fee_proposal(
    request: HttpRequest, wish: ProposalWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """A draft. 403 `fees.not_manager`, `people.not_active`; 422 `fees.instruments`,
    `core.idempotency_key`.
    """

    def act() -> ProposalInFull:
        user, now = viewer(request), clock.now()
        made = create_draft(
            kind=wish.kind,
            instruments=_instruments(wish.asset_nos),
            by=user,
            now=now,
            title=wish.title,
            copy=wish.copy_in_force,
        )
        return _in_full(made, now)

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/{ulid}/draft", response=ProposalInFull, **scoped("fees:write", _("Save the draft of a fee proposal"))
)
def save_fee_proposal(
    request: HttpRequest, ulid: str, wish: DraftWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The draft says this from now on; the answer has the next revision and what the checks find. 404
    `fees.no_proposal`; 409 `fees.changed_meanwhile` (`details.revision`), `fees.not_editable`; 422
    `fees.content`, `fees.cell` (`field`), `fees.kind`, `fees.instruments`, `fees.content_size`,
    `core.idempotency_key`.
    """

    def act() -> ProposalInFull:
        user, now = viewer(request), clock.now()
        proposal = proposal_for(user, ulid, now)
        content = parse_content(wish.content)
        require_readable(proposal, content, now)
        saved = save_draft(
            proposal=proposal, revision=wish.revision, content=content, by=user, now=now, title=wish.title
        )
        return _in_full(saved, now)

    return once(request, idempotency_key, act)


@router.post(
    "/{ulid}/discard",
    response=DiscardedTold,
    **scoped("fees:write", _("Discard a draft that was never sent")),
)
def discard_fee_proposal(
    request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The draft and its files are gone. 404 `fees.no_proposal`; 409 `fees.not_editable`,
    `fees.submitted_before`; 422 `core.idempotency_key`.
    """

    def act() -> DiscardedTold:
        user, now = viewer(request), clock.now()
        discard_draft(proposal=proposal_for(user, ulid, now), by=user, now=now)
        return DiscardedTold(discarded=True)

    return once(request, idempotency_key, act)


def _instruments(asset_nos: list[str]) -> list[Instrument]:
    rows = {row.asset_no: row for row in Instrument.objects.filter(asset_no__in=asset_nos)}
    unknown = [number for number in asset_nos if number not in rows]
    if unknown:
        raise Invalid(
            _("There is no such instrument."), code="fees.instruments", field="asset_nos", unknown=unknown
        )
    return [rows[number] for number in asset_nos]


def _members(proposal: Proposal) -> dict[str, Any]:
    plain = ("ulid", "kind", "title", "state", "revision", "saved_at")
    about = sorted(proposal.about.all(), key=lambda row: (row.position, row.pk))
    return {
        **{name: getattr(proposal, name) for name in plain},
        "asset_nos": [row.instrument.asset_no for row in about],
    }


def _in_full(proposal: Proposal, now: datetime) -> ProposalInFull:
    return ProposalInFull(
        **_members(proposal),
        content=json.loads(proposal.content),
        findings=[_told(finding) for finding in look_at(proposal, now).findings],
    )


def _told(finding: Finding) -> FindingTold:
    return FindingTold(
        code=finding.code,
        severity=finding.severity,
        instrument=finding.instrument,
        item=finding.item,
        field=finding.field,
        args=finding.args,
        message=say(finding),
        mend=mend(finding),
    )
