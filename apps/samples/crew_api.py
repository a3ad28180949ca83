"""Samples for programs, as the crew: services, requests that it serves, the queue and its runs. The same
operations and the same refusals as on the pages.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Status
from pydantic import Field

from apps.core import clock
from apps.core.api import Asked
from apps.core.errors import Invalid, NotFound
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.views import viewer
from apps.samples.acceptance import accept_samples, refuse_samples
from apps.samples.access import run_by
from apps.samples.api import READ, WRITE, router, service_offered
from apps.samples.asked import SampleWhy
from apps.samples.ending import call_last
from apps.samples.models import Sample, SampleRequest, SampleRun
from apps.samples.queries import find_request
from apps.samples.queueing import order_queue, queue_of
from apps.samples.quoting import delay_request, quote_request
from apps.samples.releasing import release_results
from apps.samples.services import ServiceDraft, add_service, end_service
from apps.samples.testing import end_run, start_run
from apps.samples.told import (
    SampleQueueTold,
    SampleRequestInFull,
    SampleRunTold,
    SampleServiceTold,
    queue_told,
    request_in_full,
    run_told,
    service_told,
)
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

MOST = 10_000
OnRequest = Callable[[SampleRequest, User, datetime], object]
OnSample = Callable[[Sample, User, datetime], object]


class SampleServiceWish(Asked):
    """A service of an instrument, or (`class6`) of every instrument of a class; `replaces` is the one that
    ends at the same moment.
    """

    asset_no: str = Field("", max_length=20)
    class6: str = Field("", max_length=6)
    replaces: str = Field("", max_length=40)
    name_zh: str = Field(max_length=80)
    name_en: str = Field(max_length=120)
    fields: list[dict[str, Any]] = Field(default_factory=list, max_length=20)
    max_samples: int = 20
    max_size_mm: int | None = Field(None, ge=1, le=100_000)
    magnetic: str = Field("ask", max_length=6)
    volatile: str = Field("ask", max_length=6)
    hazards_accepted: list[str] = Field(default_factory=list, max_length=20)
    hazards_refused: list[str] = Field(default_factory=list, max_length=20)
    fee_item: str = Field("", max_length=40)
    minutes_per_sample: int = 60
    day_minutes: int = 240
    margin_days: int = 1
    needs_check: bool = False
    payment_first: bool = False
    rush_allowed: bool = False
    keep_days: int = 30


class SampleHandling(Asked):
    """How the samples are to be handled, where that is special."""

    handling: str = Field("", max_length=1000)


class SampleOfferWish(Asked):
    """Where, what may be needed at most besides the tests, and by when; without a day it follows from the
    queue and the working calendar.
    """

    asset_no: str = Field(max_length=20)
    extras: dict[str, int] = Field(default_factory=dict)
    promised_on: date | None = None
    note: str = Field("", max_length=500)


class SampleDelayWish(Asked):
    """A reason code, and the new day."""

    reason: str = Field(max_length=20)
    becomes: date
    note: str = Field("", max_length=500)


class SampleOrder(Asked):
    """The ULIDs of samples in the order in which they stand first; those that are not named follow."""

    samples: list[str] = Field(max_length=500)


class SampleBatch(Asked):
    """The ULIDs of the samples of one run."""

    samples: list[str] = Field(max_length=500)
    note: str = Field("", max_length=500)


@router.post("/services", response={201: SampleServiceTold}, **scoped(WRITE, _("Offer a service")))
def offer_service(
    request: HttpRequest, wish: SampleServiceWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """An instrument's by its manager, a class's by the equipment office. 403 `samples.manager_only`,
    `people.office_only`; 404 `core.not_found`, `samples.no_service`; 409 `samples.service_over`; 422
    `samples.` of_what, name, fields, number, hazard, tolerance.
    """

    def act() -> SampleServiceTold:
        user, now = viewer(request), clock.now()
        said = wish.model_dump(exclude={"asset_no", "class6", "replaces"})
        made = add_service(
            draft=ServiceDraft(**said),
            by=user,
            now=now,
            instrument=instrument_of(wish.asset_no) if wish.asset_no else None,
            class6=wish.class6,
            replaces=service_offered(wish.replaces) if wish.replaces else None,
        )
        return service_told(made)

    return once(request, idempotency_key, act, status=201)


@router.post("/services/{ulid}/end", response=SampleServiceTold, **scoped(WRITE, _("End a service")))
def end_sample_service(
    request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Requests that are under way go on. 403 `samples.manager_only`, `people.office_only`; 404
    `samples.no_service`.
    """

    def act() -> SampleServiceTold:
        user, now = viewer(request), clock.now()
        return service_told(end_service(service=service_offered(ulid), by=user, now=now))

    return once(request, idempotency_key, act)


@router.post(
    "/requests/{ulid}/accept", response=SampleRequestInFull, **scoped(WRITE, _("Accept samples of others"))
)
def accept_request(
    request: HttpRequest, ulid: str, wish: SampleHandling, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """Where the rules asked the crew. 403 `samples.` crew_only, own_request; 404 `samples.no_request`; 409
    `samples.` not_submitted, accepted.
    """
    return _on_request(
        request,
        ulid,
        idempotency_key,
        lambda found, by, now: accept_samples(request=found, by=by, now=now, handling=wish.handling),
    )


@router.post(
    "/requests/{ulid}/refuse", response=SampleRequestInFull, **scoped(WRITE, _("Refuse samples of others"))
)
def refuse_request(
    request: HttpRequest, ulid: str, why: SampleWhy, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """They are not taken. 403 `samples.` crew_only, own_request; 404 `samples.no_request`; 409
    `samples.not_submitted`; 422 `core.reason_required`.
    """
    return _on_request(
        request,
        ulid,
        idempotency_key,
        lambda found, by, now: refuse_samples(request=found, by=by, now=now, reason=why.reason),
    )


@router.post(
    "/requests/{ulid}/quote", response=SampleRequestInFull, **scoped(WRITE, _("Offer a price and a day"))
)
def quote_samples(
    request: HttpRequest, ulid: str, wish: SampleOfferWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """A new offer takes the place of one that was not agreed to. 403 `samples.` crew_only, own_request; 404
    `samples.no_request`, `core.not_found`, `fees.no_price`, `fees.which_item`; 409 `samples.not_accepted`,
    `fees.none`; 422 `samples.` instrument, extras, promise.
    """
    return _on_request(
        request,
        ulid,
        idempotency_key,
        lambda found, by, now: quote_request(
            request=found,
            instrument=instrument_of(wish.asset_no),
            by=by,
            now=now,
            extras=wish.extras,
            promised_on=wish.promised_on,
            note=wish.note,
        ),
    )


@router.post(
    "/requests/{ulid}/delay",
    response=SampleRequestInFull,
    **scoped(WRITE, _("Move the promised day of samples")),
)
def delay_samples(
    request: HttpRequest, ulid: str, wish: SampleDelayWish, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """The requester reads reason and day. 403 `samples.` crew_only, own_request; 404 `samples.no_request`;
    409 `samples.not_under_way`; 422 `samples.` delay_reason, promise.
    """
    return _on_request(
        request,
        ulid,
        idempotency_key,
        lambda found, by, now: delay_request(
            request=found, reason=wish.reason, becomes=wish.becomes, by=by, now=now, note=wish.note
        ),
    )


@router.post(
    "/requests/{ulid}/release", response=SampleRequestInFull, **scoped(WRITE, _("Release results of samples"))
)
def release_samples(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """What is there, where the rule allows it. 403 `samples.` crew_only, own_request; 404
    `samples.no_request`; 409 `samples.` not_under_way, nothing_to_release, unpaid, unchecked,
    release_undecided.
    """
    return _on_request(
        request,
        ulid,
        idempotency_key,
        lambda found, by, now: release_results(request=found, by=by, now=now),
    )


@router.post(
    "/requests/{ulid}/last-call",
    response=SampleRequestInFull,
    **scoped(WRITE, _("Ask for the last time to fetch samples")),
)
def last_call_for_samples(
    request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """What is not fetched in time may be disposed of. 403 `samples.` crew_only, own_request; 404
    `samples.no_request`; 409 `samples.` not_done, called, nothing_here.
    """
    return _on_request(
        request, ulid, idempotency_key, lambda found, by, now: call_last(request=found, by=by, now=now)
    )


@router.get(
    "/queues/{asset_no}",
    response=SampleQueueTold,
    **scoped(READ, _("The queue of an instrument that you run")),
)
def sample_queue(request: HttpRequest, asset_no: str) -> SampleQueueTold:
    """In its order. 404 `samples.no_queue` for everybody but the crew."""
    return _queue(_run(viewer(request), asset_no))


@router.post("/queues/{asset_no}/order", response=SampleQueueTold, **scoped(WRITE, _("Put a queue in order")))
def order_samples(
    request: HttpRequest, asset_no: str, wish: SampleOrder, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """A rush stays before what is none. 404 `samples.no_queue`; 422 `samples.` not_queued, twice."""

    def act() -> SampleQueueTold:
        user, now = viewer(request), clock.now()
        instrument = _run(user, asset_no)
        order_queue(instrument=instrument, samples=_chosen(instrument, wish.samples), by=user, now=now)
        return _queue(instrument)

    return once(request, idempotency_key, act)


@router.post(
    "/queues/{asset_no}/runs", response={201: SampleRunTold}, **scoped(WRITE, _("Test samples in one run"))
)
def start_sample_run(
    request: HttpRequest, asset_no: str, wish: SampleBatch, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """All of them or none. 403 `samples.own_request`; 404 `samples.no_queue`; 409 `samples.` not_queued,
    run_open; 422 `samples.none`.
    """

    def act() -> SampleRunTold:
        user, now = viewer(request), clock.now()
        instrument = _run(user, asset_no)
        chosen = _chosen(instrument, wish.samples)
        return run_told(start_run(instrument=instrument, samples=chosen, by=user, now=now, note=wish.note))

    return once(request, idempotency_key, act, status=201)


@router.post("/runs/{ulid}/end", response=SampleRunTold, **scoped(WRITE, _("End a run of samples")))
def end_sample_run(request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None) -> "Status[Any]":
    """What has no result stands in the queue again. 404 `samples.no_run`; 409 `samples.run_over`."""

    def act() -> SampleRunTold:
        user, now = viewer(request), clock.now()
        run = SampleRun.objects.select_related("instrument", "operator").filter(ulid=ulid).first()
        if run is None or not run_by(user, now).filter(pk=run.instrument_id).exists():
            raise NotFound(_("There is no such run."), code="samples.no_run")
        return run_told(end_run(run=run, by=user, now=now))

    return once(request, idempotency_key, act)


def _on_request(request: HttpRequest, ulid: str, key: str | None, do: OnRequest) -> "Status[Any]":
    """An act on a request that the person may know of; whether they may do it, is the operation's to say."""

    def act() -> SampleRequestInFull:
        user, now = viewer(request), clock.now()
        do(find_request(ulid, user, now), user, now)
        return request_in_full(find_request(ulid, user, now), user, now)

    return once(request, key, act)


def instrument_of(asset_no: str) -> Instrument:
    return get_object_or_404(Instrument, asset_no=asset_no)


def _run(user: User, asset_no: str) -> Instrument:
    """An instrument that the person runs; to everybody else it has no queue."""
    found = run_by(user, clock.now()).filter(asset_no=asset_no).first()
    if found is None:
        raise NotFound(_("There is no such queue."), code="samples.no_queue")
    return found


def _queue(instrument: Instrument) -> SampleQueueTold:
    run = instrument.sample_runs.filter(ended_at__isnull=True).first()
    queue = queue_of(instrument).select_related("request", "instrument", "holder")
    return queue_told(instrument.asset_no, run, list(queue))


def _chosen(instrument: Instrument, ulids: list[str]) -> list[Sample]:
    """The samples in the order in which they were named, twice where they were named twice; one that is not
    here is left to the operation, which knows what to say of it.
    """
    found = {one.ulid: one for one in Sample.objects.filter(ulid__in=ulids, instrument=instrument)}
    if any(ulid not in found for ulid in ulids):
        raise Invalid(
            _("Some of these samples do not wait here any more."), code="samples.not_queued", field="samples"
        )
    return [found[ulid] for ulid in ulids]
