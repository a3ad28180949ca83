"""A sign-in that was confirmed by a second step, without the ceremony (`tests/web/passkeys` have that)."""

from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest
from django.test import Client

from apps.people.models import User


def confirmed(client: Client, user: User) -> Client:
    """The client, in which this person is signed in already, after a second step."""
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "mfa", type="totp")
    request.session.save()
    return client
