"""Who is looking: the signed-in person behind a request. The pages of this room are its modules, one for each
noun.
"""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotPermitted
from apps.people.models import User
from apps.people.queries import is_office


def viewer(request: HttpRequest) -> User:
    """The signed-in person. Raises NotPermitted `core.sign_in` for nobody (the login middleware has asked
    before).
    """
    if not isinstance(request.user, User):
        raise NotPermitted(_("Please sign in."), code="core.sign_in")
    return request.user


def office_viewer(request: HttpRequest, at: datetime) -> User:
    """The signed-in person of the equipment office. Raises NotPermitted `people.office_only`. One query."""
    user = viewer(request)
    if not is_office(user, at):
        raise NotPermitted(_("Only the equipment office may do this."), code="people.office_only")
    return user
