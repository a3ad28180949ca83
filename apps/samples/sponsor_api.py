"""Answering for a customer, and the files of samples, for programs. The same operations and the same refusals
as on the pages.

What tells a secret takes no `Idempotency-Key`: the answers that are kept to be repeated would keep it.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from ninja import Status
from pydantic import Field

from apps.bookings.api import fund_of
from apps.core import clock
from apps.core.api import Asked, Told
from apps.core.errors import NotFound
from apps.files.handing import hand_out
from apps.notices.queries import site
from apps.people.models import User
from apps.people.views import viewer
from apps.samples.api import READ, WRITE, router, service_offered
from apps.samples.attaching import find_file
from apps.samples.models import GuestLink, SampleRequest
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
from apps.samples.told import SampleDone
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once


class SampleLinkTerms(Asked):
    """For how many days the link counts, and up to which offer (fen) the customer agrees alone; 0: to none
    that costs anything.
    """

    days: int = Field(30, ge=-(10**6), le=10**6)
    limit_fen: int = Field(0, ge=-(10**15), le=10**15)


class SampleCustomerWish(SampleLinkTerms):
    """For whom one answers, which service they want, and the number of the fund that pays."""

    service: str = Field(max_length=40)
    name: str = Field(max_length=60)
    organisation: str = Field(max_length=120)
    kind: str = Field(max_length=20)
    mail: str = Field("", max_length=254)
    fund: str | None = Field(None, max_length=40)


class SampleLinkTold(Told):
    """A customer's link to a request. `secret` and `address` are told only as it is made."""

    ulid: str
    request: str
    limit_fen: int
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    secret: str | None = None
    address: str | None = None


@router.post(
    "/sponsored",
    response={201: SampleLinkTold},
    **scoped(WRITE, _("Answer for a customer without an account")),
)
def sponsor_customer(request: HttpRequest, wish: SampleCustomerWish, response: HttpResponse) -> "Status[Any]":
    """A draft in one's own name and the customer's link to it, its secret told this once. 403 `samples.`
    sponsors_only; 404 `samples.no_service`; 409 `samples.service_over`; 422 `samples.` customer,
    customer_kind, link_days, link_limit, `funding.not_usable`.
    """
    user, now = viewer(request), clock.now()
    require_sponsor(user, now)
    made = sponsor_request(
        service=service_offered(wish.service),
        customer=Customer(name=wish.name, organisation=wish.organisation, kind=wish.kind, mail=wish.mail),
        fund=fund_of(user, wish.fund, now),
        limit_fen=wish.limit_fen,
        days=wish.days,
        by=user,
        now=now,
    )
    response.headers["Cache-Control"] = "no-store"
    return Status(201, _told(*made))


@router.get(
    "/requests/{ulid}/link",
    response=SampleLinkTold,
    **scoped(READ, _("The link of a customer for whom you answer")),
)
def sample_link_read(request: HttpRequest, ulid: str) -> SampleLinkTold:
    """The one that was not revoked, expired or not. 404 `samples.no_request`, `samples.no_link`."""
    link = link_for(_own(ulid, viewer(request), clock.now()))
    if link is None:
        raise NotFound(_("There is no such link."), code="samples.no_link")
    return _told(link)


@router.post(
    "/requests/{ulid}/link",
    response={201: SampleLinkTold},
    **scoped(WRITE, _("Another link for a customer for whom you answer")),
)
def sample_link_renew(
    request: HttpRequest, ulid: str, wish: SampleLinkTerms, response: HttpResponse
) -> "Status[Any]":
    """In the place of the one before, which opens nothing from now on; its secret told this once. 403
    `samples.sponsors_only`; 404 `samples.no_request`, `samples.no_link`; 409 `samples.request_over`; 422
    `samples.` link_days, link_limit.
    """
    user, now = viewer(request), clock.now()
    found = _own(ulid, user, now)
    made = renew_link(request=found, limit_fen=wish.limit_fen, days=wish.days, by=user, now=now)
    response.headers["Cache-Control"] = "no-store"
    return Status(201, _told(*made))


@router.post(
    "/requests/{ulid}/link/revoke",
    response=SampleDone,
    **scoped(WRITE, _("Revoke the link of a customer for whom you answer")),
)
def sample_link_revoke(
    request: HttpRequest, ulid: str, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """It opens nothing from now on. 404 `samples.no_request`, `samples.no_link`; 409 `samples.link_ended`."""

    def act() -> SampleDone:
        user, now = viewer(request), clock.now()
        revoke_link(request=_own(ulid, user, now), by=user, now=now)
        return SampleDone()

    return once(request, idempotency_key, act)


@router.get("/files/{ulid}", **scoped(READ, _("Download a file of a sample")))
def sample_file_read(request: HttpRequest, ulid: str) -> Any:
    """The bytes as a download, whole or by `Range`. 404 `samples.no_file`; 409 `files.` not_ready, erased;
    416 outside of the file.
    """
    return hand_out(request, find_file(ulid, viewer(request), clock.now()).file)


def _own(ulid: str, user: User, now: datetime) -> SampleRequest:
    return sponsored(find_request(ulid, user, now), user)


def _told(link: GuestLink, secret: str | None = None) -> SampleLinkTold:
    return SampleLinkTold(
        ulid=link.ulid,
        request=link.request.ulid,
        limit_fen=link.limit_fen,
        made_at=link.made_at,
        expires_at=link.expires_at,
        last_used_at=link.last_used_at,
        secret=secret,
        address=f"{site()}{reverse('guest_samples', args=[secret])}" if secret else None,
    )
