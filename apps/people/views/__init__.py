"""Who is looking: the signed-in person behind a request."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotPermitted
from apps.people.models import User


def viewer(request: HttpRequest) -> User:
    """The signed-in person. Raises NotPermitted `core.sign_in` for nobody (the login middleware has asked
    before).
    """
    if not isinstance(request.user, User):
        raise NotPermitted(_("Please sign in."), code="core.sign_in")
    return request.user
