"""Who am I: the first thing a program asks, to see whose token it holds and for what."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router

from apps.core import clock
from apps.core.api import Told
from apps.people.queries import user_state
from apps.people.views import viewer
from apps.tokens.auth import Asker, scoped

router = Router(tags=["me"])


class TokenTold(Told):
    """The token that was sent. Times are UTC."""

    prefix: str
    name: str
    scopes: list[str]
    valid_until: datetime


class MeTold(Told):
    """The person behind the request. `state` is active, suspended or inactive; `token` is empty for a
    session.
    """

    ulid: str
    username: str
    name_zh: str
    name_en: str
    kind: str
    state: str
    token: TokenTold | None


@router.get("", response=MeTold, **scoped("me:read", _("Who you are, and what this token is for")))
def me(request: HttpRequest) -> MeTold:
    """The person behind the request, and the token with its scopes and its end."""
    user = viewer(request)
    asker: Asker = request.auth  # type: ignore[attr-defined]
    return MeTold(
        ulid=user.ulid,
        username=user.username,
        name_zh=user.name_zh,
        name_en=user.name_en,
        kind=user.kind,
        state=user_state(user, clock.now()),
        token=TokenTold.model_validate(asker.token) if asker.token else None,
    )
