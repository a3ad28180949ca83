"""What changes about how a person proves who they are is audited, and told to that person: whoever got hold
of an account makes a door of their own first.
"""

from datetime import datetime
from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.dispatch import receiver

from apps.core import audit, clock
from apps.core.outbox import publish
from apps.people.cascade import end_sessions_and_tokens
from apps.people.models import User
from apps.people.requirements import require_reason

TOLD = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})  # recovery codes only follow them


@receiver(signals.authenticator_added, dispatch_uid="portal.factor_added")
def added(sender: Any, *, user: User, authenticator: Authenticator, **_: Any) -> None:
    """An authenticator app, a passkey, or the recovery codes that came with the first of them."""
    _note("added", user, authenticator, actor=user, now=clock.now())


@receiver(signals.authenticator_removed, dispatch_uid="portal.factor_removed")
def removed(sender: Any, *, user: User, authenticator: Authenticator, **_: Any) -> None:
    """One of them is gone."""
    _note("removed", user, authenticator, actor=user, now=clock.now())


@receiver(signals.authenticator_reset, dispatch_uid="portal.factor_reset")
def reset(sender: Any, *, user: User, authenticator: Authenticator, **_: Any) -> None:
    """New recovery codes."""
    _note("reset", user, authenticator, actor=user, now=clock.now())


@transaction.atomic
def end_second_steps(*, user: User, reason: str, now: datetime) -> int:
    """Nothing but the password opens the account from now on, and nobody is signed in; returns how many
    passkeys, apps and sets of recovery codes there were. Whoever keeps the server does it: nobody is named.

    Raises Invalid `core.reason_required`.
    """
    reason = require_reason(reason)
    held = list(Authenticator.objects.select_for_update().filter(user=user).order_by("pk"))
    for one in held:
        one.delete()
        _note("removed", user, one, actor=None, reason=reason, now=now)
    end_sessions_and_tokens(user=user, now=now)
    return len(held)


@transaction.atomic
def _note(
    what: str,
    user: User,
    authenticator: Authenticator,
    *,
    actor: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    kind = str(authenticator.type)
    name = str(authenticator) if kind == Authenticator.Type.WEBAUTHN else ""
    audit.record(
        action=f"people.factor_{what}",
        object_ref=f"user:{user.ulid}",
        now=now,
        actor=actor,
        reason=reason,
        kind=kind,
        name=name,
    )
    if what != "reset" and kind in TOLD:
        publish(f"people.factor_{what}", now=now, user=user.ulid, kind=kind, called=name)
