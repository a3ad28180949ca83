"""The door to the administration under `/admin/`: a staff account, and a sign-in that proved more than a
password (OWASP ASVS 4.3.1). Whoever has no second step yet is led to where one is added.
"""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _


def close_door() -> None:
    """Django's own sign-in to the administration knows no second step and counts no attempts: from here on
    there is one way in. Called once, by the addresses.
    """
    site = admin.site
    allowed, login = site.has_permission, secure_admin_login(site.login)  # type: ignore[no-untyped-call]

    def has_permission(request: HttpRequest) -> bool:
        return allowed(request) and has_second_step(request)

    def sign_in(request: HttpRequest) -> HttpResponse:
        if allowed(request) and not has_second_step(request):
            return _to_second_step(request)
        answer: HttpResponse = login(request)
        return answer

    site.has_permission = has_permission  # type: ignore[method-assign]
    site.login = sign_in  # type: ignore[method-assign, assignment]


def has_second_step(request: HttpRequest) -> bool:
    """Whether this sign-in was confirmed by a passkey, an authenticator app or a recovery code."""
    return any(
        record.get("method") == "mfa" for record in get_authentication_records(request, _user(request))
    )


def _to_second_step(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    if is_mfa_enabled(user):  # it was added after signing in
        has_passkey = is_mfa_enabled(user, types=[Authenticator.Type.WEBAUTHN])
        page = "mfa_reauthenticate_webauthn" if has_passkey else "mfa_reauthenticate"
        return redirect(f"{reverse(page)}?{urlencode({'next': reverse('admin:index')})}")
    messages.warning(
        request,
        _("The administration asks for a second step beside the password. Add one, then open it again."),
    )
    return redirect("mfa_index")


def _user(request: HttpRequest) -> Any:
    """Django's type says that it may be nobody; the library is asked about somebody."""
    return request.user
