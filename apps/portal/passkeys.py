"""Passkeys: allauth and fido2 hold the ceremony (challenge, signature, user verification, whose key it is);
these forms, named in MFA_FORMS, add what they leave to a site.

- A challenge is used once, whether it was answered well or not.
- The page that asked is a page of this very origin. A neighbour within the same domain may ask a browser for
  our passkeys too, and fido2 would take what it passes on.
- A key that counts must have counted on, else it is a copy (WebAuthn level 2, section 7.2, step 21).
- Whatever was wrong, the answer is the same: it tells neither which accounts there are nor who has passkeys.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http.request import split_domain_port
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import CollectedClientData

MOST = 20  # passkeys of one person
LONGEST_NAME = 60
LARGEST_ANSWER = 20_000  # characters of JSON; a registration with a certificate has some 5 000

logger = logging.getLogger(__name__)


class MFAAdapter(DefaultMFAAdapter):
    """How this site and its people appear to an authenticator."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site is the host that was asked for. Django has held it against ALLOWED_HOSTS, and `_ours`
        holds every answer against it.
        """
        host, _port = split_domain_port(context.request.get_host())
        return {"id": host, "name": gettext("Clearbench")}

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, Any]:
        """The login, never the mail address: both stand on the authenticator for whoever holds it."""
        return {**super().get_public_key_credential_user_entity(user), "name": user.get_username()}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """What a passkey is called until its person says otherwise."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}


class _AnswersOnce(forms.Form):
    """What a passkey answers is checked here, and its challenge is used up by that."""

    def clean_credential(self) -> Authenticator:
        answer = self.cleaned_data["credential"]
        with _one_challenge(answer):
            seen = auth.parse_authentication_response(answer).response
            _require_ours(seen.client_data)
            authenticator: Authenticator = super().clean_credential()  # type: ignore[misc]
            _count_on(authenticator, seen.authenticator_data.counter)
            return authenticator


class AuthenticateForm(_AnswersOnce, AuthenticateWebAuthnForm):
    """The second step, after the password."""


class LoginForm(_AnswersOnce, LoginWebAuthnForm):
    """Signing in without a password."""


class ReauthenticateForm(_AnswersOnce, ReauthenticateWebAuthnForm):
    """The confirmation before something that matters."""


class AddForm(AddWebAuthnForm):
    """A new passkey."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_("So that you know later which one it is: your phone, this computer, a key on your ring."),
    )
    passwordless = forms.BooleanField(
        label=_("Sign in with it without a password"),
        required=False,
        initial=True,
        help_text=_(
            "Otherwise it is the second step after the password. Either way it asks for your finger, "
            "face or PIN."
        ),
    )

    def clean(self) -> dict[str, Any]:
        answer = self.cleaned_data.get("credential")
        if not answer:
            raise _refused()
        with _one_challenge(answer):
            if Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN).count() >= MOST:
                raise ValidationError(
                    _("You have as many passkeys as one person may have. Remove one first."),
                    code="portal.too_many_passkeys",
                )
            _require_ours(auth.parse_registration_response(answer).response.client_data)
            cleaned: dict[str, Any] = super().clean()
            return cleaned


class RenameForm(EditWebAuthnForm):
    """Another name for one."""

    name = forms.CharField(label=_("Name of the passkey"), max_length=LONGEST_NAME)


@contextmanager
def _one_challenge(answer: Any) -> Iterator[None]:
    """Whatever is wrong with what a browser sent is one refusal, but for being asked to wait; and the
    challenge is gone.
    """
    try:
        if not isinstance(answer, dict) or len(json.dumps(answer)) > LARGEST_ANSWER:
            raise _refused()
        yield
    except ValidationError as error:
        if getattr(error, "code", None) == "incorrect_code":
            raise _refused() from error
        raise
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError, AssertionError) as error:
        # fido2 reads bytes of a stranger: what it stumbles over is not documented.
        raise _refused() from error
    finally:
        auth.clear_state()


def _require_ours(client_data: CollectedClientData) -> None:
    request = context.request
    if client_data.origin != f"{request.scheme}://{request.get_host()}" or client_data.cross_origin:
        raise _refused()


def _count_on(authenticator: Authenticator, counted: int) -> None:
    """Keys that do not count say 0, always (all that are kept in a cloud do)."""
    with transaction.atomic():
        kept = Authenticator.objects.select_for_update().filter(pk=authenticator.pk).first()
        if kept is None:  # removed meanwhile
            raise _refused()
        before = kept.data.get("sign_count", kept.wrap().authenticator_data.counter)
        if (before or counted) and counted <= before:
            logger.warning(
                "passkey %s of user %s did not count on: %s after %s",
                kept.pk,
                kept.user.ulid,
                counted,
                before,
            )
            raise _refused()
        kept.data["sign_count"] = counted
        kept.save(update_fields=["data"])


def _refused() -> ValidationError:
    return ValidationError(
        _("The passkey was not accepted. Try again, or sign in another way."), code="portal.passkey"
    )
