"""Who asks: a bearer token with the scope that the endpoint declares, or the session of somebody who is
signed in to the pages, with its CSRF token. Nothing else opens the interface, and an endpoint that declares
nothing opens to nobody.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security.apikey import APIKeyCookie
from ninja.security.base import AuthBase
from ninja.security.http import HttpBearer
from ninja.utils import check_csrf

from apps.core import clock
from apps.core.errors import NotPermitted, Text
from apps.people.models import User
from apps.tokens.models import ApiToken
from apps.tokens.operations import note_use
from apps.tokens.queries import token_of
from apps.tokens.scopes import SCOPES


@dataclass(frozen=True)
class Asker:
    """Who asks. `token` is None for somebody who is signed in to the pages."""

    user: User
    token: ApiToken | None

    @property
    def key(self) -> str:
        """Under which requests are counted."""
        return self.token.prefix if self.token else f"user:{self.user.pk}"


class Token(HttpBearer):
    """A bearer token that was made for `scope`. A bad one is refused even where a session would do: whoever
    sends one means it.
    """

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Asker:
        """Raises NotSignedIn (see `token_of`); NotPermitted `tokens.scope`."""
        now = clock.now()
        found = token_of(token.strip(), now)
        if self.scope not in found.scope_set:
            raise NotPermitted(_("This token was not made for this."), code="tokens.scope", needs=self.scope)
        note_use(token=found, now=now)
        request.user = found.user
        return Asker(found.user, found)


class Session(APIKeyCookie):
    """The session of the product's own pages. What changes something needs the CSRF token as a header too."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Asker | None:
        """None for nobody; raises NotPermitted `core.csrf`."""
        if not isinstance(request.user, User):
            return None
        if check_csrf(request) is not None:
            raise NotPermitted(_("The page is too old. Load it again."), code="core.csrf")
        return Asker(request.user, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Never reached: `__call__` has answered."""
        raise NotImplementedError


class Closed(AuthBase):
    """What guards an endpoint that forgot to say who may use it."""

    openapi_type = "http"

    def __call__(self, request: HttpRequest) -> Any:
        """Raises NotPermitted `core.closed`."""
        raise NotPermitted(_("This is open to nobody."), code="core.closed")


def scoped(scope: str, summary: Text) -> dict[str, Any]:
    """Keywords of an endpoint that is open to tokens of this scope and to sessions: `@router.get("/x",
    **scoped("bookings:read", _("Your bookings")))`. The summary is what people read on the page of the
    interface. Raises KeyError for a scope that nobody declared.
    """
    declared = SCOPES[scope].key
    return {
        "auth": [Token(declared), Session()],
        "summary": summary,
        "openapi_extra": {"x-scope": declared},
    }
