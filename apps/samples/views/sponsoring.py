"""Answering for a customer without an account: a draft in one's own name, the link to it, its end. A secret
is shown in the answer itself and written into no session and no table.
"""

from http import HTTPStatus
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.core import clock
from apps.core.clock import school_time
from apps.core.errors import Refusal
from apps.core.refusals import add_refusal
from apps.notices.queries import site
from apps.people.views import viewer
from apps.samples.guest_forms import LinkForm, SponsorForm
from apps.samples.models import GuestLink
from apps.samples.queries import find_request
from apps.samples.sponsoring import (
    Customer,
    link_for,
    renew_link,
    require_sponsor,
    revoke_link,
    sponsor_request,
    sponsored,
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sample_sponsor(request: HttpRequest) -> HttpResponse:
    """For whom, which service, who pays; then the link. 403 `samples.sponsors_only` for who is not staff."""
    user, now = viewer(request), clock.now()
    require_sponsor(user, now)
    form = SponsorForm(request.POST if request.method == "POST" else None, user=user, now=now)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        customer = Customer(
            name=data["name"], organisation=data["organisation"], kind=data["kind"], mail=data["mail"]
        )
        try:
            made = sponsor_request(
                service=data["service"],
                customer=customer,
                fund=data["fund"],
                limit_fen=form.limit_fen,
                days=data["days"],
                by=user,
                now=now,
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return _shown(request, *made)
    return render(request, "samples/sponsor.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sample_link(request: HttpRequest, ulid: str) -> HttpResponse:
    """The link of a customer: until when it counts, another one in its place, none any more. For the sponsor
    alone.
    """
    user, now = viewer(request), clock.now()
    found = sponsored(find_request(ulid, user, now), user)
    if request.method == "POST" and "revoke" in request.POST:
        revoke_link(request=found, by=user, now=now)
        messages.success(request, _("Revoked. The link opens nothing any more."))
        return redirect("sample_link", ulid)
    link = link_for(found)
    initial = {"limit": link.limit_fen / 100 if link is not None else 0}
    form = LinkForm(request.POST if request.method == "POST" else None, now=now, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            made = renew_link(
                request=found, limit_fen=form.limit_fen, days=form.cleaned_data["days"], by=user, now=now
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return _shown(request, *made)
    context = {"request_": found, "link": link, "form": form, "now": now}
    return render(request, "samples/link.html", context, status=422 if form.errors else 200)


def _shown(request: HttpRequest, link: GuestLink, secret: str) -> HttpResponse:
    address = f"{site()}{reverse('guest_samples', args=[secret])}"
    context = {"link": link, "address": address, "letter": _letter(link, address)}
    return render(request, "samples/link_made.html", context, status=HTTPStatus.CREATED)


def _letter(link: GuestLink, address: str) -> str:
    """A `mailto:` address that begins a mail with the link in the sponsor's own mail program: this server
    sends no secret. Empty where no address of the customer is known.
    """
    found = link.request
    if not found.customer_mail:
        return ""
    said = {
        "subject": _("Your samples %(number)s") % {"number": found.number},
        "body": _(
            "With this link you write your samples down, agree to our offer, follow the test and fetch the"
            " results. It counts until %(until)s. Whoever has it acts as you, so please pass it on to nobody."
        )
        % {"until": f"{school_time(link.expires_at):%Y-%m-%d %H:%M}"}
        + f"\r\n\r\n{address}\r\n",
    }
    return f"mailto:{quote(found.customer_mail, safe='@')}?{urlencode(said, quote_via=quote)}"
