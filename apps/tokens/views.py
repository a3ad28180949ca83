"""API tokens under a person's account: the list, making one behind the step-up, revoking one."""

from datetime import datetime

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock, parameters
from apps.core.errors import NotPermitted, Refusal
from apps.core.refusals import add_refusal
from apps.people.models import User
from apps.people.views import viewer
from apps.tokens.forms import RevokeForm, TokenForm
from apps.tokens.operations import create_token, revoke_token
from apps.tokens.queries import tokens_of
from apps.tokens.scopes import SCOPES

PAGE = 20


@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    """The person's tokens, those in force first because they end last."""
    user, now = viewer(request), clock.now()
    page = Paginator(tokens_of(user), PAGE).get_page(request.GET.get("page"))
    return render(request, "tokens/list.html", {"page": page, "now": now, "scopes": SCOPES})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_create(request: HttpRequest) -> HttpResponse:
    """A new token: it acts without a password from then on, so the person is asked for theirs."""
    answer: HttpResponse = reauthentication_required(_create)(request, viewer(request), clock.now())
    return answer


def _create(request: HttpRequest, user: User, now: datetime) -> HttpResponse:
    limits = parameters.values(("tokens.default_days", "tokens.max_days"), at=now)
    form = TokenForm(
        request.POST if request.method == "POST" else None,
        usual=limits["tokens.default_days"],
        longest=limits["tokens.max_days"],
    )
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = create_token(user=user, by=user, now=now, **form.cleaned_data)
        except NotPermitted:
            raise
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            # Shown in the answer itself: the secret is written into no session and no table.
            return render(request, "tokens/created.html", {"token": token, "secret": secret}, status=201)
    return render(request, "tokens/create.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request: HttpRequest, ulid: str) -> HttpResponse:
    """Confirm with a reason, then revoke. It never waits for a password: taking away is always quick."""
    user, now = viewer(request), clock.now()
    token = get_object_or_404(tokens_of(user), ulid=ulid)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            revoke_token(token=token, reason=form.cleaned_data["reason"], by=user, now=now)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Revoked. The next request with this token is refused."))
            return redirect("token_list")
    context = {"token": token, "form": form}
    return render(request, "tokens/revoke.html", context, status=422 if form.errors else 200)
