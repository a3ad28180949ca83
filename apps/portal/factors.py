"""What changes about how a person proves who they are is audited, and told to that person: whoever got hold
of an account makes a door of their own first.
"""

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.dispatch import receiver

from apps.core import audit, clock
from apps.core.outbox import publish
from apps.people.models import User

TOLD = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})  # recovery codes only follow them


@receiver(signals.authenticator_added, dispatch_uid="portal.factor_added")
def added(sender: Any, *, user: User, authenticator: Authenticator, **_: Any) -> None:
    """An authenticator app, a passkey, or the recovery codes that came with the first of them."""
    _note("added", user, authenticator)


@receiver(signals.authenticator_removed, dispatch_uid="portal.factor_removed")
def removed(sender: Any, *, user: User, authenticator: Authenticator, **_: Any) -> None:
    """One of them is gone."""
    _note("removed", user, authenticator)


@receiver(signals.authenticator_reset, dispatch_uid="portal.factor_reset")
def reset(sender: Any, *, user: User, authenticator: Authenticator, **_: Any) -> None:
    """New recovery codes."""
    _note("reset", user, authenticator)


@transaction.atomic
def _note(what: str, user: User, authenticator: Authenticator) -> None:
    now, kind = clock.now(), str(authenticator.type)
    name = str(authenticator) if kind == Authenticator.Type.WEBAUTHN else ""
    audit.record(
        action=f"people.factor_{what}",
        object_ref=f"user:{user.ulid}",
        now=now,
        actor=user,
        kind=kind,
        name=name,
    )
    if what != "reset" and kind in TOLD:
        publish(f"people.factor_{what}", now=now, user=user.ulid, kind=kind, called=name)
