"""Making and revoking tokens, and noting their use. A token's secret leaves here once and is kept nowhere."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core import audit, parameters
from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.outbox import publish
from apps.core.periods import in_force
from apps.people.models import User
from apps.people.requirements import require_active, require_office, require_reason
from apps.tokens.minting import mint
from apps.tokens.models import Answered, ApiToken
from apps.tokens.scopes import SCOPES

COARSE = timedelta(hours=1)


@transaction.atomic
def create_token(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    by: User,
    now: datetime,
    days: int | None = None,
) -> tuple[ApiToken, str]:
    """A token of `user` for `days` (default: `tokens.default_days`), and its secret, shown this once.

    Only the person themselves makes one: nobody holds a key to somebody else's rights. Raises NotPermitted
    `tokens.not_yours`, `people.not_active`; Invalid `tokens.name`, `tokens.scopes`, `tokens.days`; WrongState
    `tokens.too_many`.
    """
    name, chosen = name.strip(), frozenset(scopes)
    limits = parameters.values(("tokens.default_days", "tokens.max_days", "tokens.max_per_person"), at=now)
    days = limits["tokens.default_days"] if days is None else days
    if not name or len(name) > 60:
        raise Invalid(_("A name of at most 60 characters is needed."), code="tokens.name", field="name")
    if not chosen or not chosen <= SCOPES.keys():
        raise Invalid(_("Choose what the token is for."), code="tokens.scopes", field="scopes")
    if not 1 <= days <= limits["tokens.max_days"]:
        raise Invalid(
            _("A token lasts from one day to %(days)d days.") % {"days": limits["tokens.max_days"]},
            code="tokens.days",
            field="days",
        )
    if by.pk != user.pk:
        raise NotPermitted(_("You may only make tokens for yourself."), code="tokens.not_yours")
    require_active(by, now)
    holder = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if holder.api_tokens.filter(in_force(now)).count() >= limits["tokens.max_per_person"]:
        raise WrongState(
            _("You have as many tokens as one person may have. Revoke one first."), code="tokens.too_many"
        )
    minted = mint()
    token = ApiToken.objects.create(
        user=holder,
        name=name,
        prefix=minted.prefix,
        digest=minted.digest,
        scopes=sorted(chosen),
        valid_from=now,
        valid_until=now + timedelta(days=days),
    )
    audit.record(
        action="tokens.create_token",
        object_ref=f"token:{token.ulid}",
        now=now,
        actor=by,
        prefix=token.prefix,
        scopes=token.scopes,
        days=days,
    )
    publish("tokens.created", now=now, user=holder.ulid, token=token.ulid)
    return token, minted.secret


@transaction.atomic
def revoke_token(*, token: ApiToken, reason: str, by: User | None, now: datetime) -> ApiToken:
    """The token opens nothing from now on. Its person or the office may do it.

    Raises Invalid `core.reason_required`; NotPermitted `people.office_only`; WrongState `tokens.ended`.
    """
    reason = require_reason(reason)
    if by is None or by.pk != token.user_id:
        require_office(by, now)
    ended = ApiToken.objects.filter(in_force(now), pk=token.pk).update(
        revoked_at=now, revoke_reason=reason[:200]
    )
    if not ended:
        raise WrongState(_("This token has already ended."), code="tokens.ended")
    token.refresh_from_db()
    _tell_revoked(token, reason=reason, by=by, now=now)
    return token


@transaction.atomic
def revoke_all(*, user: User, reason: str, by: User | None, now: datetime) -> int:
    """Every token of a person ends now; returns how many did. For the end of a registration.

    Raises Invalid `core.reason_required`; NotPermitted `people.office_only`.
    """
    reason = require_reason(reason)
    if by is None or by.pk != user.pk:
        require_office(by, now)
    live = list(
        ApiToken.objects.select_for_update(no_key=True).filter(in_force(now), user=user).order_by("id")
    )
    for token in live:
        token.revoked_at, token.revoke_reason = now, reason[:200]
        token.save(update_fields=["revoked_at", "revoke_reason"])
        _tell_revoked(token, reason=reason, by=by, now=now)
    return len(live)


def note_use(*, token: ApiToken, now: datetime) -> None:
    """Remember that the token was used, once an hour: enough to find the forgotten ones, and no write per
    request.
    """
    if token.last_used_at is None or token.last_used_at <= now - COARSE:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - COARSE)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def forget_answers(*, now: datetime) -> int:
    """Answers older than `api.idempotency_hours` are not kept; returns how many were dropped."""
    hours = parameters.value("api.idempotency_hours", at=now)
    dropped, _kinds = Answered.objects.filter(at__lt=now - timedelta(hours=hours)).delete()
    return dropped


def _tell_revoked(token: ApiToken, *, reason: str, by: User | None, now: datetime) -> None:
    audit.record(
        action="tokens.revoke_token",
        object_ref=f"token:{token.ulid}",
        now=now,
        actor=by,
        reason=reason,
        prefix=token.prefix,
    )
    publish("tokens.revoked", now=now, user=token.user.ulid, token=token.ulid, reason=reason)
