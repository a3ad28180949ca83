"""Hosting for programs: agreements that one may read, their terms, and the statements. The same operations
and refusals as on the pages.
"""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Path, Query, Router, Status
from pydantic import Field

from apps.core import clock, keyset
from apps.core.api import Asked, PageAsked, PageOf, Told, Ulid
from apps.hosting.content import read
from apps.hosting.models import Agreement, Statement, TermsVersion
from apps.hosting.negotiating import accept_terms, accepted_by, propose_terms
from apps.hosting.queries import find_agreement, readable
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["hosting"])
Number = Annotated[int, Path(ge=1, le=10_000, description="The number of a version")]


class HostedTold(Told):
    """An agreement. `terms` is the number of the version that is agreed, null before there is one."""

    ulid: str
    asset_no: str
    name_zh: str
    name_en: str
    owner: str
    host: str
    state: str
    terms: int | None
    offered_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class WindowAsked(Asked):
    """Hours in which the owner comes first: ISO weekdays ('15'), minutes of the school's day, and from how
    many hours before others may book (0: never).
    """

    weekdays: str = Field(max_length=7)
    from_minute: int = Field(ge=0, le=1440)
    until_minute: int = Field(ge=0, le=1440)
    others_hours: int = Field(0, ge=0, le=1440)


class BandAsked(Asked):
    """From this cost of a repair on (fen), the owner bears so much of it."""

    from_fen: int = Field(ge=0, le=10**13)
    owner_permille: int = Field(ge=0, le=1000)


class TermsAsked(Asked):
    """One version of the terms: shares and prices in parts of a thousand, money in fen. `base` is the
    number of the version that this one was written from, 0 for none.
    """

    base: int = Field(ge=0, le=10_000)
    since: date
    until: date
    place: str = Field(max_length=200)
    windows: list[WindowAsked] = Field(default_factory=list, max_length=6)
    owner_pays_permille: int = Field(ge=0, le=1000)
    shares: dict[str, Annotated[int, Field(ge=-10_000, le=10_000)]]
    repairs: list[BandAsked] = Field(default_factory=list, max_length=6)
    insurer: str = Field("none", max_length=10)
    insured_fen: int = Field(0, ge=0, le=10**13)
    exit_days: int = Field(ge=0, le=3650)
    consumables: str = Field("user", max_length=10)
    relocation: str = Field("", max_length=200)
    remarks: str = Field("", max_length=200)
    note: str = Field("", max_length=1000)


class VersionTold(Told):
    """A version of the terms, who proposed it, and which sides have accepted it."""

    number: int
    side: str
    at: datetime
    digest: str
    note: str
    content: dict[str, Any]
    accepted: list[str]


class StatementTold(Told):
    """What the owner was told of a month, in fen."""

    ulid: str
    month: str
    at: datetime
    income_fen: int
    owner_fen: int
    repairs_fen: int
    content: dict[str, Any]


@router.get("", response=PageOf[HostedTold], **scoped("hosting:read", _("Agreements about hosting")))
def agreements(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[HostedTold]:
    """Those of which you are a side; all of them for the office. The latest offer first. 422
    `core.cursor`.
    """
    rows = readable(viewer(request), clock.now())
    part = keyset.slice_of(rows, order=("-offered_at", "-id"), size=asked.limit, cursor=asked.cursor)
    return PageOf[HostedTold](items=[_told(one) for one in part.rows], next=part.next)


@router.get("/{ulid}", response=HostedTold, **scoped("hosting:read", _("An agreement about hosting")))
def agreement(request: HttpRequest, ulid: Ulid) -> HostedTold:
    """404 `hosting.no_agreement`, also for one that is not yours."""
    return _told(find_agreement(ulid, viewer(request), clock.now()))


@router.get(
    "/{ulid}/versions", response=list[VersionTold], **scoped("hosting:read", _("Versions of the terms"))
)
def versions(request: HttpRequest, ulid: Ulid) -> list[VersionTold]:
    """Every version that was proposed, the first one first. 404 `hosting.no_agreement`."""
    found = find_agreement(ulid, viewer(request), clock.now())
    rows = found.versions.prefetch_related("acceptances").order_by("number")
    return [_version(one) for one in rows]


@router.post(
    "/{ulid}/versions", response={201: VersionTold}, **scoped("hosting:write", _("Propose terms of hosting"))
)
def propose_hosting_terms(
    request: HttpRequest, ulid: Ulid, wish: TermsAsked, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """A side proposes another version, which it thereby accepts. 403 `hosting.not_your_side`; 404
    `hosting.no_agreement`; 409 `hosting.` moved, newer_terms, same_terms; 422 `hosting.` shares (with the
    sum), period, window, discount_form, repair_form, insurance_form, exit_form, bearer, party, text.
    """

    def act() -> VersionTold:
        user, now = viewer(request), clock.now()
        found = find_agreement(ulid, user, now)
        said = wish.model_dump(mode="json", exclude={"base", "note"})
        made = propose_terms(
            agreement=found, terms=read(said), by=user, now=now, base=wish.base, note=wish.note
        )
        return _version(made)

    return once(request, idempotency_key, act, status=201)


@router.post(
    "/{ulid}/versions/{number}/accept",
    response=VersionTold,
    **scoped("hosting:write", _("Accept terms of hosting")),
)
def accept_hosting_terms(
    request: HttpRequest, ulid: Ulid, number: Number, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """A side accepts the last version. 403 `hosting.not_your_side`; 404 `hosting.no_agreement`; 409
    `hosting.` moved, newer_terms.
    """

    def act() -> VersionTold:
        user, now = viewer(request), clock.now()
        found = find_agreement(ulid, user, now)
        return _version(accept_terms(agreement=found, number=number, by=user, now=now))

    return once(request, idempotency_key, act)


@router.get(
    "/{ulid}/statements", response=list[StatementTold], **scoped("hosting:read", _("Monthly statements"))
)
def statements(request: HttpRequest, ulid: Ulid) -> list[Statement]:
    """The latest month first, ten years at most. 404 `hosting.no_agreement`."""
    return list(find_agreement(ulid, viewer(request), clock.now()).statements.all()[:120])


def _told(one: Agreement) -> HostedTold:
    return HostedTold(
        ulid=one.ulid,
        asset_no=one.asset_no,
        name_zh=one.name_zh,
        name_en=one.name_en,
        owner=one.group.ulid,
        host=one.facility.code,
        state=one.state,
        terms=one.terms.number if one.terms else None,
        offered_at=one.offered_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
    )


def _version(one: TermsVersion) -> VersionTold:
    return VersionTold(
        number=one.number,
        side=one.side,
        at=one.at,
        digest=one.digest,
        note=one.note,
        content=one.content,
        accepted=sorted(accepted_by(one)),
    )
