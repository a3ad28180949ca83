"""Samples of customers without an account. A member of staff answers for them: writes the request in their
own name, hands the customer a link to it that expires, and can revoke it. The secret leaves here once and is
kept nowhere.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock
from apps.core.errors import Invalid, NotFound, NotPermitted, TooMany, WrongState
from apps.core.parameters import value
from apps.funding.models import FundAccount
from apps.funding.queries import usable_funds
from apps.people.models import User
from apps.people.queries import ACTIVE, user_state
from apps.samples.access import require_requester
from apps.samples.drafting import draft_request
from apps.samples.locking import lock_request
from apps.samples.models import GuestLink, SampleRequest, ServiceTemplate

COARSE = timedelta(minutes=10)
READS_PER_HOUR, GUESSES_PER_HOUR = 600, 30
_HOUR_S = 3600
_HOUR_MS = 1000 * _HOUR_S
_BYTES = 32  # 256 random bits
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST_FEN = 10**11


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Somebody without an account: name, organisation, address, and what kind of user they count as."""

    name: str
    organisation: str
    kind: str
    mail: str = ""


def link_digest(secret: str) -> str:
    """The SHA-256 of a secret, 64 hexadecimal digits. A fast one is enough: the secret is random."""
    return hashlib.sha256(secret.encode()).hexdigest()


def may_sponsor(user: User, now: datetime) -> bool:
    """Whether the person may answer for customers: active staff."""
    return user.kind == User.Kind.STAFF and user_state(user, now) == ACTIVE


def require_sponsor(user: User, now: datetime) -> None:
    """Raises NotPermitted `samples.sponsors_only`."""
    if not may_sponsor(user, now):
        raise NotPermitted(_("Only active staff answer for customers."), code="samples.sponsors_only")


def sponsored(request: SampleRequest, user: User) -> SampleRequest:
    """The request, where the person answers for its customer. Raises NotFound `samples.no_link`."""
    if request.requester_id != user.pk or not request.customer_kind:
        raise NotFound(_("There is no such link."), code="samples.no_link")
    return request


@transaction.atomic
def sponsor_request(
    *,
    service: ServiceTemplate,
    customer: Customer,
    fund: FundAccount | None,
    limit_fen: int,
    days: int,
    by: User,
    now: datetime,
) -> tuple[GuestLink, str]:
    """A draft for which `by` answers, and the link with which its customer writes it; the secret is shown
    this once. `fund` pays; the customer agrees to offers of at most `limit_fen`.

    Raises NotPermitted `samples.sponsors_only`, `people.not_active`, `funding.not_usable`; Invalid
    `samples.customer`, `samples.customer_kind`, `samples.link_days`, `samples.link_limit`; WrongState
    `samples.service_over`.
    """
    require_sponsor(by, now)
    _require_customer(customer)
    if fund is not None and not usable_funds(by, now).filter(pk=fund.pk).exists():
        raise NotPermitted(
            _("This fund cannot pay for this person at this time."), code="funding.not_usable", field="fund"
        )
    request = draft_request(service=service, by=by, now=now)
    request.customer_kind, request.customer_mail = customer.kind, customer.mail.strip()
    request.customer_name, request.customer_org = customer.name.strip(), customer.organisation.strip()
    request.fund, request.group = fund, fund.group if fund is not None else request.group
    request.save(
        update_fields=[
            *("customer_kind", "customer_mail", "customer_name", "customer_org"),
            *("fund", "group"),
        ]
    )
    return _made(request, limit_fen, days, by, now, "samples.sponsor_request")


@transaction.atomic
def renew_link(
    *, request: SampleRequest, limit_fen: int, days: int, by: User, now: datetime
) -> tuple[GuestLink, str]:
    """Another link in the place of the one that counts, which opens nothing from now on; and its secret.

    Raises NotPermitted `samples.not_yours`, `people.not_active`, `samples.sponsors_only`; Invalid
    `samples.link_days`, `samples.link_limit`; WrongState `samples.no_customer`, `samples.request_over`.
    """
    require_requester(request, by, now)
    require_sponsor(by, now)
    request = lock_request(request)
    if not request.customer_kind:
        raise WrongState(_("This request has no customer from outside."), code="samples.no_customer")
    if request.state in SampleRequest.ENDED:
        raise WrongState(_("This request is over."), code="samples.request_over")
    _counting(request).update(revoked_at=now)
    return _made(request, limit_fen, days, by, now, "samples.renew_link")


@transaction.atomic
def revoke_link(*, request: SampleRequest, by: User, now: datetime) -> None:
    """The link opens nothing from now on. Raises NotPermitted `samples.not_yours`, `people.not_active`;
    WrongState `samples.link_ended`.
    """
    require_requester(request, by, now)
    request = lock_request(request)
    if not _counting(request).update(revoked_at=now):
        raise WrongState(_("There is no link that counts."), code="samples.link_ended")
    _record("samples.revoke_link", request, by, now)


def link_for(request: SampleRequest) -> GuestLink | None:
    """The link of a request that was not revoked, expired or not. One query."""
    return _counting(request).first()


def link_of(secret: str, address: str, now: datetime) -> GuestLink:
    """The link behind a secret, with its request. Two queries.

    The secret itself is compared with nothing: it is looked up by its digest, and how long that takes tells
    nothing of another one. Raises NotFound `samples.no_link`, always the same: for what was never one, is
    revoked or expired, whose request is over or whose sponsor is not active; TooMany `samples.link_too_often`
    for a link that is read in a loop, or an address (of the network) that tries secrets.
    """
    link = _known(secret, now)
    if link is None or not _opens(link, now):
        _count(f"guess:{salted_hmac('samples.link', address).hexdigest()}", GUESSES_PER_HOUR)
        raise NotFound(_("There is no such link."), code="samples.no_link")
    _count(f"read:{link.pk}", READS_PER_HOUR)
    if link.last_used_at is None or link.last_used_at <= now - COARSE:
        GuestLink.objects.filter(pk=link.pk).update(last_used_at=now)
    return link


def _known(secret: str, now: datetime) -> GuestLink | None:
    if not _SHAPE.fullmatch(secret):
        return None
    of_request = ("requester", "template__instrument", "instrument", "quote__instrument", "group", "fund")
    rows = GuestLink.objects.select_related("sponsor", *(f"request__{name}" for name in of_request))
    return rows.filter(digest=link_digest(secret), revoked_at__isnull=True, expires_at__gt=now).first()


def _opens(link: GuestLink, now: datetime) -> bool:
    over = link.request.state in SampleRequest.ENDED
    same = link.sponsor_id == link.request.requester_id
    return same and not over and user_state(link.sponsor, now) == ACTIVE


def _count(what: str, most: int) -> None:
    """Raises TooMany above so many in an hour of the clock."""
    key = f"samples.link:{what}:{clock.to_ms(clock.now()) // _HOUR_MS}"
    cache.add(key, 0, timeout=2 * _HOUR_MS // 1000)
    try:
        number = cache.incr(key)
    except ValueError:  # evicted in between: one more does no harm
        return
    if number > most:
        raise TooMany(
            _("This is asked too often. Try again in an hour."),
            code="samples.link_too_often",
            retry_after=clock.seconds_left(_HOUR_S),
        )


def _counting(request: SampleRequest) -> QuerySet[GuestLink]:
    return GuestLink.objects.filter(request=request, revoked_at__isnull=True)


def _made(
    request: SampleRequest, limit_fen: int, days: int, by: User, now: datetime, action: str
) -> tuple[GuestLink, str]:
    most = value("samples.link_days", at=now)
    if not 1 <= days <= most:
        raise Invalid(
            _("This must be between %(least)s and %(most)s.") % {"least": 1, "most": most},
            code="samples.link_days",
            field="days",
        )
    if not 0 <= limit_fen <= _MOST_FEN:
        raise Invalid(
            _("Say up to what amount the customer agrees alone."), code="samples.link_limit", field="limit"
        )
    secret = secrets.token_urlsafe(_BYTES)
    link = GuestLink.objects.create(
        request=request,
        sponsor=by,
        digest=link_digest(secret),
        limit_fen=limit_fen,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    _record(action, request, by, now, link=link.ulid)
    return link, secret


def _require_customer(customer: Customer) -> None:
    for field, text in (("name", customer.name), ("organisation", customer.organisation)):
        if not text.strip():
            raise Invalid(_("Say for whom it is."), code="samples.customer", field=field)
    if customer.kind not in SampleRequest.Customer.values:
        raise Invalid(_("Say which kind of customer it is."), code="samples.customer_kind", field="kind")
    if customer.mail.strip():
        try:
            validate_email(customer.mail.strip())
        except ValidationError as wrong:
            raise Invalid(_("This is no e-mail address."), code="samples.customer", field="mail") from wrong


def _record(action: str, request: SampleRequest, by: User, now: datetime, **details: str) -> None:
    audit.record(action=action, object_ref=f"sample_request:{request.ulid}", now=now, actor=by, **details)
