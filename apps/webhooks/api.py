"""My webhooks, for programs that set themselves up. The same operations and refusals as on the pages."""

from datetime import datetime
from typing import Any, Literal

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from apps.core import clock, keyset
from apps.core.api import Asked, PageAsked, PageOf, Told
from apps.core.errors import NotPermitted
from apps.instruments.models import Instrument
from apps.people.views import viewer
from apps.tokens.auth import Asker, scoped
from apps.webhooks import operations
from apps.webhooks.models import Delivery, Webhook

router = Router(tags=["webhooks"])


class WebhookWish(Asked):
    """A name, a web address, the events by their keys, and for an instrument's crew its asset number."""

    label: str = Field(max_length=60)
    address: str = Field(max_length=500)
    events: list[str] = Field(max_length=50)
    asset_no: str | None = Field(None, max_length=20)


class WebhookTold(Told):
    """A webhook. `address` is shown without what may be secret in it; `secret` only once, as it is made.
    `dropped` is how many messages waited too long while it was paused, and are not kept.
    """

    ulid: str
    label: str
    address: str
    events: list[str]
    asset_no: str | None
    created_at: datetime
    paused_at: datetime | None
    pause_reason: str
    dropped: int = 0
    secret: str | None = None


class DeliveriesAsked(PageAsked):
    """Which of them."""

    state: Literal["", "pending", "delivered", "failed", "skipped"] = ""


class AttemptTold(Told):
    """One request: the status that was answered, or in a word why there was none."""

    at: datetime
    status: int | None
    problem: str
    took_ms: int


class DeliveryTold(Told):
    """What was, or is to be, sent. `ulid` is its `webhook-id`."""

    ulid: str
    event: str
    state: str
    created_at: datetime
    due_at: datetime
    body: str
    attempts: list[AttemptTold]


@router.get("", response=PageOf[WebhookTold], **scoped("webhooks:read", _("Your webhooks")))
def webhooks(request: HttpRequest, asked: Query[PageAsked]) -> PageOf[WebhookTold]:
    """Those that count, the newest first. 422 `core.cursor`."""
    mine = viewer(request).webhooks.filter(revoked_at__isnull=True).select_related("instrument")
    part = keyset.slice_of(mine, order=("-id",), size=asked.limit, cursor=asked.cursor)
    return PageOf[WebhookTold](items=[_told(one) for one in part.rows], next=part.next)


@router.post("", response={201: WebhookTold}, **scoped("webhooks:write", _("Make a webhook")))
def webhook_make(request: HttpRequest, wish: WebhookWish) -> "Status[Any]":
    """With its secret, told this once. 403 `webhooks.crew_only`, `webhooks.password` (asked from a page,
    whose person has not given their password for a while); 409 `webhooks.too_many`; 422 `webhooks.` label,
    events, https, login; `notices.` address, unknown_host, local_address.
    """
    user = viewer(request)
    _require_password(request)
    instrument = get_object_or_404(Instrument, asset_no=wish.asset_no) if wish.asset_no else None
    webhook, secret = operations.create_webhook(
        user=user,
        label=wish.label,
        address=wish.address,
        events=wish.events,
        instrument=instrument,
        by=user,
        now=clock.now(),
    )
    return Status(201, _told(webhook, secret))


@router.get("/{ulid}", response=WebhookTold, **scoped("webhooks:read", _("One webhook of yours")))
def webhook(request: HttpRequest, ulid: str) -> WebhookTold:
    """404 `webhooks.no_webhook`."""
    return _told(operations.own_webhook(viewer(request), ulid))


@router.delete("/{ulid}", response={204: None}, **scoped("webhooks:write", _("End a webhook of yours")))
def webhook_stop(request: HttpRequest, ulid: str) -> HttpResponse:
    """404 `webhooks.no_webhook`; 409 `webhooks.ended`."""
    user = viewer(request)
    operations.end_webhook(webhook=operations.own_webhook(user, ulid), by=user, now=clock.now())
    return HttpResponse(status=204)


@router.post(
    "/{ulid}/secret", response=WebhookTold, **scoped("webhooks:write", _("Another secret for a webhook"))
)
def webhook_renew(request: HttpRequest, ulid: str) -> WebhookTold:
    """Told this once; the former one signs as well for a day. 403 `webhooks.password`; 404
    `webhooks.no_webhook`; 409 `webhooks.ended`.
    """
    user = viewer(request)
    found = operations.own_webhook(user, ulid)
    _require_password(request)
    return _told(*operations.renew_secret(webhook=found, by=user, now=clock.now()))


@router.post(
    "/{ulid}/resume", response=WebhookTold, **scoped("webhooks:write", _("Let a paused webhook go on"))
)
def webhook_resume(request: HttpRequest, ulid: str) -> WebhookTold:
    """What waits is sent. 404 `webhooks.no_webhook`; 409 `webhooks.ended`."""
    user = viewer(request)
    found = operations.own_webhook(user, ulid)
    return _told(operations.resume_webhook(webhook=found, by=user, now=clock.now()))


@router.post(
    "/{ulid}/test",
    response={202: DeliveryTold},
    **scoped("webhooks:write", _("Send a test to a webhook")),
)
def webhook_try(request: HttpRequest, ulid: str) -> "Status[Any]":
    """It is on its way. 404 `webhooks.no_webhook`; 409 `webhooks.` ended, paused, test_waits."""
    user = viewer(request)
    found = operations.own_webhook(user, ulid)
    return Status(202, _line(operations.send_test(webhook=found, by=user, now=clock.now())))


@router.get(
    "/{ulid}/deliveries",
    response=PageOf[DeliveryTold],
    **scoped("webhooks:read", _("What a webhook of yours was sent")),
)
def webhook_deliveries(
    request: HttpRequest, ulid: str, asked: Query[DeliveriesAsked]
) -> PageOf[DeliveryTold]:
    """The log with every attempt, the newest first. 404 `webhooks.no_webhook`; 422 `core.cursor`."""
    log = operations.own_webhook(viewer(request), ulid).deliveries.prefetch_related("tries")
    if asked.state:
        log = log.filter(state=asked.state)
    part = keyset.slice_of(log, order=("-id",), size=asked.limit, cursor=asked.cursor)
    return PageOf[DeliveryTold](items=[_line(one) for one in part.rows], next=part.next)


@router.post(
    "/deliveries/{ulid}/again",
    response={202: DeliveryTold},
    **scoped("webhooks:write", _("Send something to a webhook once more")),
)
def webhook_repeat(request: HttpRequest, ulid: str) -> "Status[Any]":
    """The same bytes under the same id. 404 `webhooks.no_delivery`; 409 `webhooks.` ended, waits."""
    user = viewer(request)
    found = operations.own_delivery(user, ulid)
    return Status(202, _line(operations.send_again(delivery=found, by=user, now=clock.now())))


def _require_password(request: HttpRequest) -> None:
    """A session that somebody left open sends nothing out for good: as on the pages, the password is asked
    for. A token was made behind it. Raises NotPermitted `webhooks.password`.
    """
    asker: Asker = request.auth  # type: ignore[attr-defined]
    if asker.token is not None:
        return
    try:
        reauthentication_required(_nothing)(request)
    except ReauthenticationRequired:
        raise NotPermitted(
            _("Give your password once more first: make the webhook on its page."), code="webhooks.password"
        ) from None


def _nothing(_request: HttpRequest) -> None:
    return None


def _told(one: Webhook, secret: str | None = None) -> WebhookTold:
    return WebhookTold(
        ulid=one.ulid,
        label=one.label,
        address=one.shown,
        events=one.events,
        asset_no=one.instrument.asset_no if one.instrument else None,
        created_at=one.created_at,
        paused_at=one.paused_at,
        pause_reason=one.pause_reason,
        dropped=one.dropped,
        secret=secret,
    )


def _line(one: Delivery) -> DeliveryTold:
    return DeliveryTold(
        ulid=one.ulid,
        event=one.event,
        state=one.state,
        created_at=one.created_at,
        due_at=one.due_at,
        body=one.body,
        attempts=[AttemptTold.model_validate(a) for a in sorted(one.tries.all(), key=lambda a: a.pk)],
    )
