"""Cards given out, blocked and replaced. How a card is known (its digest) is in `cards`."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid, Refusal, WrongState
from apps.core.outbox import publish
from apps.people.models import Card, User
from apps.people.queries import INACTIVE, user_state
from apps.people.requirements import lock_user, require_office, require_reason

_DIGEST_LENGTH = 22


@transaction.atomic
def issue_card(*, user: User, digest: str, label: str, by: User | None, now: datetime) -> Card:
    """Register a card under its digest (see `people.cards`). `label` is what people call it, never its UID.

    Raises `people.office_only`; Invalid `people.card_digest`; WrongState `people.card_taken` (somebody holds
    it) and `people.not_active` (the holder's registration is not in force).
    """
    require_office(by, now)
    if len(digest) != _DIGEST_LENGTH:
        raise Invalid(_("This is not a card's digest."), code="people.card_digest", field="digest")
    if user_state(lock_user(user), now) == INACTIVE:
        raise WrongState(_("The holder's registration is not in force."), code="people.not_active")
    try:
        with transaction.atomic():
            card = Card.objects.create(user=user, digest=digest, label=label, valid_from=now)
    except IntegrityError as exc:
        raise WrongState(
            _("This card is already registered."), code="people.card_taken", field="digest"
        ) from exc
    audit.record(action="people.issue_card", object_ref=f"card:{card.ulid}", now=now, actor=by)
    publish("people.card_issued", now=now, user=user.ulid, card=card.ulid)
    return card


@transaction.atomic
def block_card(*, card: Card, reason: str, by: User | None, now: datetime) -> Card:
    """The card opens nothing from now on. Its holder or the office may do it; the second of two blockers is
    told so.

    Raises `people.office_only`; WrongState `people.card_blocked`.
    """
    reason = require_reason(reason)
    if by is None or by.pk != card.user_id:
        require_office(by, now)
    return block_in_force(card=card, reason=reason, by=by, now=now)


@transaction.atomic
def block_in_force(*, card: Card, reason: str, by: User | None, now: datetime) -> Card:
    """The same for a caller who has asked who may. Raises WrongState `people.card_blocked`."""
    blocked = Card.objects.filter(pk=card.pk, revoked_at__isnull=True).update(
        revoked_at=now, revoke_reason=reason[:200]
    )
    if not blocked:
        raise WrongState(_("This card is already blocked."), code="people.card_blocked")
    audit.record(action="people.block_card", object_ref=f"card:{card.ulid}", now=now, actor=by, reason=reason)
    publish("people.card_blocked", now=now, user=card.user.ulid, card=card.ulid, reason=reason)
    card.refresh_from_db()
    return card


@transaction.atomic
def replace_card(*, card: Card, digest: str, label: str, by: User | None, now: datetime) -> Card:
    """A new card for the holder of a lost or broken one; the old one is blocked with it when it was not
    already.

    Raises what `issue_card` raises.
    """
    require_office(by, now)
    try:
        block_card(card=card, reason="replaced", by=by, now=now)
    except Refusal as refusal:
        if refusal.code != "people.card_blocked":
            raise
    return issue_card(user=card.user, digest=digest, label=label, by=by, now=now)
