"""Invitations by mail, for programs: whether the person wants them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Status

from apps.bookings.inviting import end_invitations, want_invitations, wish_of
from apps.core import clock
from apps.core.api import Asked, Told
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

router = Router(tags=["bookings"])


class InvitationsWanted(Asked):
    """Whether each new booking comes by mail."""

    wanted: bool


class InvitationsTold(Told):
    """Whether they are wanted, since when, and to which address they go (empty: none is known)."""

    wanted: bool
    since: datetime | None
    mail: str


@router.get("", response=InvitationsTold, **scoped("bookings:read", _("Whether you get invitations by mail")))
def invitations(request: HttpRequest) -> InvitationsTold:
    """Of the person who asks."""
    return _told(request)


@router.post(
    "", response=InvitationsTold, **scoped("bookings:write", _("Get invitations by mail, or no more"))
)
def choose_invitations(
    request: HttpRequest, choice: InvitationsWanted, idempotency_key: IdempotencyKey = None
) -> "Status[Any]":
    """From now on; again is no change. 422 `core.idempotency_key`."""

    def act() -> InvitationsTold:
        user, now = viewer(request), clock.now()
        if choice.wanted:
            want_invitations(user=user, now=now)
        else:
            end_invitations(user=user, now=now)
        return _told(request)

    return once(request, idempotency_key, act)


def _told(request: HttpRequest) -> InvitationsTold:
    user = viewer(request)
    found = wish_of(user)
    since = found.since if found else None
    return InvitationsTold(wanted=found is not None, since=since, mail=user.email)
