"""Webhooks under a person's account: the list, one with its log, making and changing behind the step-up,
pausing, ending. Each view asks one operation.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import clock, keyset
from apps.core.errors import NotFound, NotPermitted, Refusal, Text
from apps.core.parameters import value
from apps.core.refusals import add_refusal
from apps.instruments.models import Instrument
from apps.instruments.queries import managed_by
from apps.people.models import User
from apps.people.views import viewer
from apps.webhooks import operations
from apps.webhooks.catalogue import CATALOGUE
from apps.webhooks.forms import NewWebhookForm, WebhookForm
from apps.webhooks.models import Attempt, Delivery, Webhook

PAGE = 25
_STATES: Mapping[str, Text] = MappingProxyType(
    {
        Delivery.State.PENDING: gettext_lazy("On its way"),
        Delivery.State.DELIVERED: gettext_lazy("Taken"),
        Delivery.State.FAILED: gettext_lazy("Given up"),
        Delivery.State.SKIPPED: gettext_lazy("Not sent"),
    }
)


@require_safe
def webhook_list(request: HttpRequest) -> HttpResponse:
    """Those that count, the newest first; a person has few."""
    mine = viewer(request).webhooks.filter(revoked_at__isnull=True).select_related("instrument")
    return render(request, "webhooks/list.html", {"webhooks": mine.order_by("-id"), "catalogue": CATALOGUE})


@require_safe
def webhook_detail(request: HttpRequest, ulid: str) -> HttpResponse:
    """One webhook and its log, the newest first."""
    webhook = operations.own_webhook(viewer(request), ulid)
    state = request.GET.get("state", "")
    log = webhook.deliveries.prefetch_related(
        Prefetch("tries", Attempt.objects.order_by("id"), to_attr="attempted")
    )
    if state in Delivery.State.values:
        log = log.filter(state=state)
    part = keyset.slice_of(log, order=("-id",), size=PAGE, cursor=request.GET.get("cursor", ""))
    context = {
        "webhook": webhook,
        "words": [CATALOGUE[key].label for key in webhook.events if key in CATALOGUE],
        "part": part,
        "state": state,
        "keep_days": value("webhooks.keep_days", at=clock.now()),
        "delivery_states": [(one.value, _STATES[one]) for one in Delivery.State],
    }
    return render(request, "webhooks/detail.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_create(request: HttpRequest) -> HttpResponse:
    """It sends out what the person may read, without a password from then on: they are asked for theirs."""
    answer: HttpResponse = reauthentication_required(_create)(request, viewer(request), clock.now())
    return answer


def _create(request: HttpRequest, user: User, now: datetime) -> HttpResponse:
    run = list(managed_by(user, now))
    form = NewWebhookForm(request.POST if request.method == "POST" else None, run=run)
    if request.method == "POST" and form.is_valid():
        given = {key: form.cleaned_data[key] for key in ("label", "address", "events")}
        about = form.cleaned_data.get("about") or ""
        instrument = get_object_or_404(Instrument, asset_no=about) if about else None
        made = _tried(
            form,
            lambda: operations.create_webhook(user=user, instrument=instrument, by=user, now=now, **given),
        )
        if made is not None:
            return _shown(request, *made)
    return render(request, "webhooks/create.html", {"form": form}, status=_status(form))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_change(request: HttpRequest, ulid: str) -> HttpResponse:
    """Another name, other events, another address; behind the step-up as well."""
    user = viewer(request)
    webhook = operations.own_webhook(user, ulid)
    answer: HttpResponse = reauthentication_required(_change)(request, webhook, user, clock.now())
    return answer


def _change(request: HttpRequest, webhook: Webhook, user: User, now: datetime) -> HttpResponse:
    known = {"label": webhook.label, "events": webhook.events}
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=known, known=webhook.shown)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if _tried(form, lambda: operations.change_webhook(webhook=webhook, by=user, now=now, **given)):
            messages.success(request, _("Changed."))
            return redirect("webhook_detail", ulid=webhook.ulid)
    return render(request, "webhooks/change.html", {"form": form, "webhook": webhook}, status=_status(form))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_secret(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm, then another secret; behind the step-up."""
    user = viewer(request)
    webhook = operations.own_webhook(user, ulid)
    answer: HttpResponse = reauthentication_required(_secret)(request, webhook, user, clock.now())
    return answer


def _secret(request: HttpRequest, webhook: Webhook, user: User, now: datetime) -> HttpResponse:
    if request.method != "POST":
        return render(request, "webhooks/secret.html", {"webhook": webhook})
    return _shown(request, *operations.renew_secret(webhook=webhook, by=user, now=now))


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_end(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm, then it tells nothing any more. It never waits for a password: taking away is always quick."""
    user = viewer(request)
    webhook = operations.own_webhook(user, ulid)
    if request.method != "POST":
        return render(request, "webhooks/end.html", {"webhook": webhook})
    operations.end_webhook(webhook=webhook, by=user, now=clock.now())
    messages.success(request, _("Ended. Nothing is sent any more."))
    return redirect("webhook_list")


def _test(webhook: Webhook, user: User, now: datetime) -> str:
    operations.send_test(webhook=webhook, by=user, now=now)
    return _("A test is on its way. How it went stands below in a moment.")


def _pause(webhook: Webhook, user: User, now: datetime) -> str:
    operations.pause_webhook(webhook=webhook, reason=operations.PERSON, by=user, now=now)
    return _("Paused. What happens meanwhile waits.")


def _resume(webhook: Webhook, user: User, now: datetime) -> str:
    operations.resume_webhook(webhook=webhook, by=user, now=now)
    return _("It goes on; what waited is on its way.")


_ACTS: Mapping[str, Callable[[Webhook, User, datetime], str]] = MappingProxyType(
    {"test": _test, "pause": _pause, "resume": _resume}
)


@require_POST
def webhook_act(request: HttpRequest, ulid: str, act: str) -> HttpResponse:
    """The buttons of the page: test, pause, resume."""
    user = viewer(request)
    webhook = operations.own_webhook(user, ulid)
    if act not in _ACTS:
        raise Http404
    _say(request, lambda: _ACTS[act](webhook, user, clock.now()))
    return redirect("webhook_detail", ulid=webhook.ulid)


@require_POST
def webhook_again(request: HttpRequest, ulid: str) -> HttpResponse:
    """Send one line of the log once more."""
    user = viewer(request)
    delivery = operations.own_delivery(user, ulid)
    _say(request, lambda: _again(delivery, user, clock.now()))
    return redirect("webhook_detail", ulid=delivery.webhook.ulid)


def _again(delivery: Delivery, user: User, now: datetime) -> str:
    operations.send_again(delivery=delivery, by=user, now=now)
    return _("It is on its way again.")


def _say(request: HttpRequest, act: Callable[[], str]) -> None:
    """Do it and say what was done, or why not now."""
    try:
        messages.success(request, act())
    except (NotFound, NotPermitted):
        raise
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} ({refusal.code})")


def _tried(form: WebhookForm, act: Callable[[], Any]) -> Any:
    """What the operation gives; None when it refuses, with its words in the form."""
    try:
        return act()
    except NotPermitted:
        raise
    except Refusal as refusal:
        add_refusal(form, refusal)
        return None


def _shown(request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
    """The secret stands in the answer itself: it is written into no session."""
    context = {"webhook": webhook, "secret": secret}
    return render(request, "webhooks/created.html", context, status=HTTPStatus.CREATED)


def _status(form: WebhookForm) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
