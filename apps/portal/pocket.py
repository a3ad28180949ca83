"""Whose copy a phone may keep. The service worker keeps one private page (`/pocket/`) for when there is no
network; every page says by a header for whom it was made, and a copy for anybody else, or for nobody, is
thrown away by the first page that says so: a sign-out, an expired session, another person on the same phone.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from apps.people.models import User

HEADER = "X-Pocket"
_SALT = "apps.portal.pocket"


def owner_mark(user: User) -> str:
    """A mark of the person that tells nobody who they are, and another one after their password changed."""
    return salted_hmac(_SALT, f"{user.ulid}:{user.password}").hexdigest()[:24]


class PocketMiddleware:
    """Adds the mark to every page; empty for nobody. Answers that are no pages say nothing. Who signs out
    takes along what the browser keeps of their pages, so that 'back' shows them to nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = request.method == "POST" and isinstance(request.user, User)
        response = self.get_response(request)
        if known and not isinstance(request.user, User):
            response.headers["Clear-Site-Data"] = '"cache"'
        if response.headers.get("Content-Type", "").startswith("text/html"):
            user = request.user
            response.headers[HEADER] = owner_mark(user) if isinstance(user, User) else "nobody"
        return response
