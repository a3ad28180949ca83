"""Samples for programs, as whoever hands them in: services, requests of one's own, offers, results. The same
operations and the same refusals as on the pages.
"""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status

from apps.bookings.api import fund_of
from apps.core import clock, keyset
from apps.core.api import PageOf
from apps.core.errors import NotFound, WrongState
from apps.instruments.models import Instrument
from apps.people.views import viewer
from apps.samples.asked import (
    SampleAgreement,
    SampleDraftWish,
    SamplePromiseAsked,
    SampleRatingWish,
    SampleRequestsAsked,
    SampleRow,
    SampleServicesAsked,
    SampleTerms,
    SampleWhy,
)
from apps.samples.drafting import (
    SampleDraft,
    change_draft,
    discard_draft,
    draft_request,
    set_samples,
    submit_request,
)
from apps.samples.ending import withdraw_samples
from apps.samples.models import SampleRequest, ServiceTemplate
from apps.samples.objecting import close_request, object_to, rate_request
from apps.samples.promising import promises
from apps.samples.queries import find_request, find_sample, my_requests, requests_served_by
from apps.samples.quoting import confirm_quote, decline_quote
from apps.samples.services import services_at, services_of
from apps.samples.told import (
    SampleDone,
    SampleInFull,
    SamplePromisesTold,
    SampleRequestInFull,
    SampleRequestTold,
    SampleServicesTold,
    promise_told,
    request_in_full,
    request_told,
    sample_in_full,
    service_told,
)
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["samples"])
READ, WRITE = "samples:read", "samples:write"


@router.get(
    "/services",
    response=SampleServicesTold,
    **scoped(READ, _("The services that samples can be handed in for")),
)
def sample_services(request: HttpRequest, asked: Query[SampleServicesAsked]) -> SampleServicesTold:
    """What is offered now. 404 `core.not_found` for an instrument that there is not."""
    viewer(request)
    now = clock.now()
    if asked.asset_no:
        rows = services_of(get_object_or_404(Instrument, asset_no=asked.asset_no), now)
    else:
        rows = services_at(now)
    return SampleServicesTold(items=[service_told(one) for one in rows])


@router.get(
    "/services/{ulid}/promises",
    response=SamplePromisesTold,
    **scoped(READ, _("By when a service could be done, and where sooner")),
)
def sample_promises(request: HttpRequest, ulid: str, asked: Query[SamplePromiseAsked]) -> SamplePromisesTold:
    """From the real queue of each instrument and the working calendar. 404 `samples.no_service`."""
    viewer(request)
    now = clock.now()
    found = promises(service_offered(ulid), count=asked.count, rush=asked.rush, now=now)
    return SamplePromisesTold(items=[promise_told(one) for one in found])


@router.get(
    "/requests",
    response=PageOf[SampleRequestTold],
    **scoped(READ, _("Your requests, or those that you serve")),
)
def sample_requests(request: HttpRequest, asked: Query[SampleRequestsAsked]) -> PageOf[SampleRequestTold]:
    """The latest first. 422 `core.cursor`."""
    user = viewer(request)
    rows = my_requests(user) if asked.role == "own" else requests_served_by(user, clock.now())
    part = keyset.slice_of(
        rows.select_related("requester", "template", "instrument"),
        order=("-created_at", "-id"),
        size=asked.limit,
        cursor=asked.cursor,
    )
    items = [request_told(one, one.sample_count) for one in part.rows]  # type: ignore[attr-defined]
    return PageOf[SampleRequestTold](items=items, next=part.next)


@router.post("/requests", response={201: SampleRequestInFull}, **scoped(WRITE, _("Write samples down")))
def draft_samples(
    request: HttpRequest, wish: SampleDraftWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """A draft, which nobody else sees. 403 `people.not_active`; 404 `samples.no_service`, `core.not_found`;
    422 `samples.` instrument, no_rush, disposition, too_many, rows (`details.faults`: row, field, code,
    message), `core.idempotency_key`.
    """

    @transaction.atomic
    def act() -> SampleRequestInFull:
        user, now = viewer(request), clock.now()
        made = draft_request(
            service=service_offered(wish.service),
            by=user,
            now=now,
            instrument=_instrument(wish.asset_no),
            wishes=wish.wishes,
            rush=wish.rush,
            disposition=wish.disposition,
        )
        set_samples(request=made, rows=_rows(wish.samples), by=user, now=now)
        return request_in_full(find_request(made.ulid, user, now), user, now)

    return once(request, idempotency_key, act, status=201)


@router.get(
    "/requests/{ulid}",
    response=SampleRequestInFull,
    **scoped(READ, _("A request of yours, of your group, or one that you serve")),
)
def sample_request(request: HttpRequest, ulid: str) -> SampleRequestInFull:
    """With samples, offer, delays, and the results that the person may read. 404 `samples.no_request`."""
    user, now = viewer(request), clock.now()
    return request_in_full(find_request(ulid, user, now), user, now)


@router.post(
    "/requests/{ulid}/draft", response=SampleRequestInFull, **scoped(WRITE, _("Change a draft of samples"))
)
def change_samples(
    request: HttpRequest, ulid: str, wish: SampleTerms, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The draft says this from now on, all of it or nothing. 403 `samples.not_yours`; 404
    `samples.no_request`; 409 `samples.not_draft`, `samples.service_over`; 422 as when it is written down.
    """

    @transaction.atomic
    def act() -> SampleRequestInFull:
        user, now = viewer(request), clock.now()
        found = find_request(ulid, user, now)
        change_draft(
            request=found,
            by=user,
            now=now,
            instrument=_instrument(wish.asset_no),
            wishes=wish.wishes,
            rush=wish.rush,
            disposition=wish.disposition,
        )
        set_samples(request=found, rows=_rows(wish.samples), by=user, now=now)
        return request_in_full(find_request(ulid, user, now), user, now)

    return once(request, idempotency_key, act)


@router.post(
    "/requests/{ulid}/discard", response=SampleDone, **scoped(WRITE, _("Throw a draft of samples away"))
)
def discard_samples(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """It is gone, with its samples. 403 `samples.not_yours`; 404 `samples.no_request`; 409
    `samples.not_draft`.
    """

    def act() -> SampleDone:
        user, now = viewer(request), clock.now()
        discard_draft(request=find_request(ulid, user, now), by=user, now=now)
        return SampleDone()

    return once(request, idempotency_key, act)


@router.post("/requests/{ulid}/submit", response=SampleRequestInFull, **scoped(WRITE, _("Hand samples in")))
def submit_samples(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """The case begins by itself. 403 `samples.not_yours`; 404 `samples.no_request`; 409 `samples.not_draft`,
    `samples.service_over`; 422 `samples.none`.
    """
    return _own(
        request,
        ulid,
        idempotency_key,
        lambda found, by, now: submit_request(request=found, by=by, now=now),
    )


@router.post(
    "/requests/{ulid}/withdraw",
    response=SampleRequestInFull,
    **scoped(WRITE, _("Withdraw samples that you handed in")),
)
def withdraw_request(
    request: HttpRequest, ulid: str, why: SampleWhy, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """As long as no test has begun; nothing is charged. 403 `samples.not_yours`; 404 `samples.no_request`;
    409 `samples.` not_open, begun.
    """
    return _own(
        request,
        ulid,
        idempotency_key,
        lambda found, by, now: withdraw_samples(request=found, by=by, now=now, reason=why.reason),
    )


@router.post(
    "/requests/{ulid}/agree",
    response=SampleRequestInFull,
    **scoped(WRITE, _("Agree to an offer for samples")),
)
def agree_to_quote(
    request: HttpRequest, ulid: str, wish: SampleAgreement, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The most that it costs is held on the fund. 403 `samples.not_yours`; 404 `samples.no_request`; 409
    `samples.` not_quoted, other_quote, quote_over, `funding.` insufficient, limit; 422 `samples.no_fund`,
    `funding.not_usable`.
    """

    def agree(found: SampleRequest, by: Any, now: Any) -> object:
        offer = found.quote
        if offer is None or offer.ulid != wish.quote:
            raise WrongState(_("Another offer has taken the place of this one."), code="samples.other_quote")
        fund = fund_of(by, wish.fund, now)
        return confirm_quote(request=found, offer=offer, fund=fund, by=by, now=now)

    return _own(request, ulid, idempotency_key, agree)


@router.post(
    "/requests/{ulid}/decline",
    response=SampleRequestInFull,
    **scoped(WRITE, _("Decline an offer for samples")),
)
def decline_offer(
    request: HttpRequest, ulid: str, why: SampleWhy, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The request is over. 403 `samples.not_yours`; 404 `samples.no_request`; 409 `samples.not_quoted`."""
    return _own(
        request,
        ulid,
        idempotency_key,
        lambda found, by, now: decline_quote(request=found, by=by, now=now, reason=why.reason),
    )


@router.post(
    "/requests/{ulid}/close",
    response=SampleRequestInFull,
    **scoped(WRITE, _("Agree to the results of samples")),
)
def close_samples(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """The request is over. 403 `samples.not_yours`; 404 `samples.no_request`; 409 `samples.not_released`,
    `samples.objection_open`.
    """
    return _own(
        request, ulid, idempotency_key, lambda found, by, now: close_request(request=found, by=by, now=now)
    )


@router.post("/requests/{ulid}/rate", response=SampleRequestInFull, **scoped(WRITE, _("Rate a service")))
def rate_service(
    request: HttpRequest, ulid: str, wish: SampleRatingWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Once. 403 `samples.not_yours`; 404 `samples.no_request`; 409 `samples.not_released`, `samples.rated`;
    422 `samples.stars`.
    """
    return _own(
        request,
        ulid,
        idempotency_key,
        lambda found, by, now: rate_request(
            request=found, stars=wish.stars, by=by, now=now, words=wish.words
        ),
    )


@router.get(
    "/pieces/{ulid}", response=SampleInFull, **scoped(READ, _("A sample, with its chain, results and files"))
)
def sample_piece(request: HttpRequest, ulid: str) -> SampleInFull:
    """With the results and files that the person may read. 404 `samples.no_sample`."""
    user, now = viewer(request), clock.now()
    return sample_in_full(find_sample(ulid, user, now), user, now)


@router.post(
    "/pieces/{ulid}/object", response=SampleInFull, **scoped(WRITE, _("Object to the result of a sample"))
)
def object_to_result(
    request: HttpRequest, ulid: str, why: SampleWhy, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Once for each test. 403 `samples.not_yours`; 404 `samples.no_sample`; 409 `samples.` not_released,
    objection_late, objected; 422 `core.reason_required`.
    """

    def act() -> SampleInFull:
        user, now = viewer(request), clock.now()
        object_to(sample=find_sample(ulid, user, now), reason=why.reason, by=user, now=now)
        return sample_in_full(find_sample(ulid, user, now), user, now)

    return once(request, idempotency_key, act)


def service_offered(ulid: str) -> ServiceTemplate:
    """A service that is offered. Raises NotFound `samples.no_service`."""
    found: ServiceTemplate | None = services_at(clock.now()).filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such service."), code="samples.no_service")
    return found


def _own(request: HttpRequest, ulid: str, key: str | None, do: Any) -> "Status[Any]":
    """An act on a request that the person may know of; whose it is, is the operation's to say."""

    def act() -> SampleRequestInFull:
        user, now = viewer(request), clock.now()
        do(find_request(ulid, user, now), user, now)
        return request_in_full(find_request(ulid, user, now), user, now)

    return once(request, key, act)


def _instrument(asset_no: str) -> Instrument | None:
    return get_object_or_404(Instrument, asset_no=asset_no) if asset_no else None


def _rows(rows: list[SampleRow]) -> list[SampleDraft]:
    return [SampleDraft(**row.model_dump()) for row in rows]
