"""A browser with a passkey, as the tests drive it: it answers the site's questions with a SoftKey."""

import json
import re
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.people.models import User
from tests.people import PASSWORD
from tests.web.softkey import SoftKey

REFUSED = "通行密钥未通过验证"
OPTIONS = re.compile(r'<script id="js_data" type="application/json">(.*?)</script>', re.DOTALL)
LOGIN = "/accounts/2fa/webauthn/login/"
ADD = "/accounts/2fa/webauthn/add/"
STEP = "/accounts/2fa/authenticate/"
CONFIRM = "/accounts/2fa/webauthn/reauthenticate/"


class Tls(Client):
    """A browser that comes over TLS."""

    def generic(self, *args: Any, **more: Any) -> Any:
        """Any request."""
        return super().generic(*args, **{**more, "secure": True})


def browser(user: User | None = None) -> Client:
    """Another browser, where the person has given the password if one is named."""
    client = Tls()
    if user is not None:
        answer = client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
        assert answer.status_code == 302
    return client


def confirm(client: Client) -> None:
    """The password again, for ten minutes."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def asked(page: Any, what: str) -> dict[str, Any]:
    """What a page asks an authenticator for."""
    found = OPTIONS.search(page.content.decode())
    assert found, page.content.decode()[-2000:]
    told: dict[str, Any] = json.loads(found[1])[what]
    return told


def add(client: Client, key: SoftKey, name: str = "手机", **more: str) -> Any:
    """The answer to adding the key."""
    answer = key.create(asked(client.get(ADD), "creation_options"))
    return client.post(ADD, {"name": name, "credential": json.dumps(answer), "passwordless": "on", **more})


def challenge(client: Client) -> dict[str, Any]:
    """What the page of signing in asks for."""
    told: dict[str, Any] = client.get(LOGIN, headers={"accept": "application/json"}).json()["request_options"]
    return told


def login(client: Client, answer: object, *, follow: bool = True, **more: str) -> Any:
    """What an answer to that is answered with."""
    return client.post(LOGIN, {"credential": json.dumps(answer), **more}, follow=follow)


def is_in(client: Client) -> bool:
    """Whether somebody is signed in there."""
    return "_auth_user_id" in client.session
