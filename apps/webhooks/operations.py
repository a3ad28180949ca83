"""Making, changing and ending webhooks, and the two buttons of their log. A webhook is its person's own
matter; whatever it tells, its person may read at that moment.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit, parameters
from apps.core.errors import Invalid, NotFound, NotPermitted, WrongState
from apps.core.sealing import Seal
from apps.instruments.models import Instrument
from apps.instruments.queries import managed_by
from apps.notices.addresses import JSON, JSONS, read_address
from apps.notices.messenger import check_reachable
from apps.notices.problems import in_words
from apps.notices.reaching import Unreachable
from apps.people.models import User
from apps.people.requirements import lock_user, require_active
from apps.webhooks.catalogue import CATALOGUE, TEST
from apps.webhooks.models import Delivery, Webhook
from apps.webhooks.signing import mint_secret

ADDRESSES = Seal("clearbench webhooks: addresses, version 1")
SECRETS = Seal("clearbench webhooks: secrets, version 1")
BOTH_SIGN = timedelta(hours=24)  # after a new secret was made
PERSON, FAILING, UNREADABLE = "person", "failing", "unreadable"
_LABEL = 60


def create_webhook(
    *,
    user: User,
    label: str,
    address: str,
    events: Iterable[str],
    instrument: Instrument | None,
    by: User,
    now: datetime,
) -> tuple[Webhook, str]:
    """A webhook about the person's own matters or, for its crew, about an instrument; and its secret, shown
    this once. Asks the name server, so call it outside a transaction.

    Raises NotPermitted `webhooks.not_yours`, `webhooks.crew_only`, `people.not_active`; Invalid
    `webhooks.label`, `webhooks.events`, `webhooks.https`, `webhooks.login`, `notices.address`,
    `notices.unknown_host`, `notices.local_address`; WrongState `webhooks.too_many`.
    """
    _require_own(user, by)
    require_active(by, now)
    label, chosen = _label(label), _events(events)
    if instrument is not None and not managed_by(user, now).filter(pk=instrument.pk).exists():
        raise NotPermitted(
            _("Only the crew of an instrument hears of its bookings."), code="webhooks.crew_only"
        )
    written, shown = _checked(address)
    secret = mint_secret()
    with transaction.atomic():
        holder = lock_user(user)
        most = parameters.value("webhooks.max_per_person", at=now)
        if holder.webhooks.filter(revoked_at__isnull=True).count() >= most:
            raise WrongState(
                _("You have as many webhooks as one person may have. End one first."),
                code="webhooks.too_many",
            )
        webhook = Webhook.objects.create(
            user=holder,
            instrument=instrument,
            label=label,
            address_sealed=ADDRESSES.seal(written),
            shown=shown,
            secret_sealed=SECRETS.seal(secret),
            events=chosen,
            created_at=now,
        )
        _record("create", webhook, by, now, address=shown, events=chosen)
    return webhook, secret


def change_webhook(
    *, webhook: Webhook, label: str, address: str, events: Iterable[str], by: User, now: datetime
) -> Webhook:
    """Another label, other events and, unless `address` is empty, another address. Raises as `create_webhook`
    does; WrongState `webhooks.ended`.
    """
    _require_own(webhook.user, by)
    require_active(by, now)
    label, chosen = _label(label), _events(events)
    written, shown = _checked(address) if address.strip() else ("", webhook.shown)
    with transaction.atomic():
        locked = _locked(webhook)
        locked.label, locked.events, locked.shown = label, chosen, shown
        if written:
            locked.address_sealed = ADDRESSES.seal(written)
        locked.save(update_fields=["label", "events", "shown", "address_sealed"])
        _record("change", locked, by, now, address=shown, events=chosen)
    return locked


@transaction.atomic
def renew_secret(*, webhook: Webhook, by: User, now: datetime) -> tuple[Webhook, str]:
    """Another secret, shown this once. The former one signs as well for a day, so that a receiver may change
    over without missing anything. Raises NotPermitted `webhooks.not_yours`; WrongState `webhooks.ended`.
    """
    _require_own(webhook.user, by)
    require_active(by, now)
    locked, secret = _locked(webhook), mint_secret()
    locked.old_sealed, locked.old_until = locked.secret_sealed, now + BOTH_SIGN
    locked.secret_sealed = SECRETS.seal(secret)
    locked.save(update_fields=["old_sealed", "old_until", "secret_sealed"])
    _record("renew_secret", locked, by, now)
    return locked, secret


@transaction.atomic
def pause_webhook(*, webhook: Webhook, reason: str, by: User | None, now: datetime) -> Webhook:
    """Nothing is sent until somebody goes on; what happens meanwhile waits, each for `webhooks.keep_days` at
    most (`sending.purge`). Raises as `renew_secret`."""
    _require_own(webhook.user, by)
    locked = _locked(webhook)
    if locked.paused_at is None:
        locked.paused_at, locked.pause_reason = now, reason
        locked.save(update_fields=["paused_at", "pause_reason"])
        _record("pause", locked, by, now, why=reason)
    return locked


@transaction.atomic
def resume_webhook(*, webhook: Webhook, by: User, now: datetime) -> Webhook:
    """What waits is sent from now on. Raises as `renew_secret`."""
    _require_own(webhook.user, by)
    require_active(by, now)
    locked = _locked(webhook)
    if locked.paused_at is not None:
        locked.paused_at, locked.pause_reason = None, ""
        locked.save(update_fields=["paused_at", "pause_reason"])
        locked.deliveries.filter(state=Delivery.State.PENDING).update(due_at=now, attempts=0)
        _record("resume", locked, by, now)
    return locked


@transaction.atomic
def end_webhook(*, webhook: Webhook, by: User | None, now: datetime) -> Webhook:
    """Nothing is told any more, also not what waits; the log stays for its time. Raises as `renew_secret`."""
    _require_own(webhook.user, by)
    locked = _locked(webhook)
    locked.revoked_at = now
    locked.save(update_fields=["revoked_at"])
    waiting = locked.deliveries.filter(state=Delivery.State.PENDING)
    waiting.update(state=Delivery.State.SKIPPED, done_at=now)
    _record("end", locked, by, now)
    return locked


@transaction.atomic
def send_test(*, webhook: Webhook, by: User, now: datetime) -> Delivery:
    """A delivery that says only that it is a test. Raises as `renew_secret`; WrongState `webhooks.paused`,
    `webhooks.test_waits`.
    """
    _require_own(webhook.user, by)
    require_active(by, now)
    locked = _locked(webhook)
    if locked.paused_at is not None:
        raise WrongState(_("This webhook is paused."), code="webhooks.paused")
    if locked.deliveries.filter(event=TEST, state=Delivery.State.PENDING).exists():
        raise WrongState(_("A test is still on its way."), code="webhooks.test_waits")
    return deliver(locked, TEST, {"webhook": locked.ulid}, now)


@transaction.atomic
def send_again(*, delivery: Delivery, by: User, now: datetime) -> Delivery:
    """The same bytes under the same id once more. Raises as `renew_secret`; WrongState `webhooks.waits`."""
    _require_own(delivery.webhook.user, by)
    require_active(by, now)
    _locked(delivery.webhook)
    again = Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.PENDING)
    if not again.update(state=Delivery.State.PENDING, attempts=0, due_at=now, done_at=None):
        raise WrongState(_("It is still on its way."), code="webhooks.waits")
    _record("send_again", delivery.webhook, by, now, delivery=delivery.ulid)
    delivery.refresh_from_db()
    return delivery


def deliver(webhook: Webhook, event: str, data: dict[str, Any], happened_at: datetime) -> Delivery:
    """Write what is to be sent, in the transaction in which it became true."""
    told = {"type": event, "timestamp": happened_at.isoformat(), "data": data}
    return Delivery.objects.create(
        webhook=webhook,
        event=event,
        body=json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        created_at=happened_at,
        due_at=happened_at,
    )


def own_webhook(user: User, ulid: str) -> Webhook:
    """A person's own, ended or not. Raises NotFound `webhooks.no_webhook` for anybody else's."""
    found = user.webhooks.select_related("instrument", "user").filter(ulid=ulid).first()
    if found is None:
        raise NotFound(_("There is no such webhook."), code="webhooks.no_webhook")
    return found


def own_delivery(user: User, ulid: str) -> Delivery:
    """One line of the log of a person's own webhook. Raises NotFound `webhooks.no_delivery`."""
    found = Delivery.objects.select_related("webhook__user", "webhook__instrument")
    one = found.filter(ulid=ulid, webhook__user=user).first()
    if one is None:
        raise NotFound(_("There is no such delivery."), code="webhooks.no_delivery")
    return one


def _locked(webhook: Webhook) -> Webhook:
    """The row, locked. Raises WrongState `webhooks.ended`."""
    rows = Webhook.objects.select_related("user", "instrument").select_for_update(of=("self",), no_key=True)
    locked = rows.get(pk=webhook.pk)
    if locked.revoked_at is not None:
        raise WrongState(_("This webhook has ended."), code="webhooks.ended")
    return locked


def _checked(address: str) -> tuple[str, str]:
    """The address as it is kept and as it is shown; only a plain web address that may be talked to."""
    read = read_address(address)
    if read.scheme not in (JSON, JSONS):
        raise Invalid(_("This is no web address."), code="notices.address", field="address")
    if read.login or read.password:
        raise Invalid(
            _("An address with a name and a password is not served. The signature says who sends."),
            code="webhooks.login",
            field="address",
        )
    if read.scheme == JSON and not settings.NOTICES_ALLOW_LOCAL:
        raise Invalid(
            _("The address must begin with https://: what is sent is nobody else's to read."),
            code="webhooks.https",
            field="address",
        )
    try:
        check_reachable(read)
    except Unreachable as refused:
        code = "notices.local_address" if refused.problem == "local" else "notices.unknown_host"
        raise Invalid(in_words(refused.problem), code=code, field="address") from None
    return read.written, read.masked[:200]


def _label(label: str) -> str:
    label = label.strip()
    if not label or len(label) > _LABEL:
        raise Invalid(_("A name of at most 60 characters is needed."), code="webhooks.label", field="label")
    return label


def _events(events: Iterable[str]) -> list[str]:
    chosen = set(events)
    if not chosen or not chosen <= CATALOGUE.keys():
        raise Invalid(_("Choose what it tells."), code="webhooks.events", field="events")
    return [key for key in CATALOGUE if key in chosen]


def _require_own(user: User, by: User | None) -> None:
    if by is not None and by.pk != user.pk:
        raise NotPermitted(_("A webhook is its person's own matter."), code="webhooks.not_yours")


def _record(action: str, webhook: Webhook, by: User | None, now: datetime, **details: Any) -> None:
    ref = f"webhook:{webhook.ulid}"
    audit.record(action=f"webhooks.{action}", object_ref=ref, now=now, actor=by, **details)
