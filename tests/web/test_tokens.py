"""API tokens under the account: making one behind the password, seeing its secret once, revoking it; and
the page that says what the interface offers.
"""

import re
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.tokens.models import ApiToken
from apps.tokens.operations import create_token
from apps.tokens.scopes import SCOPES
from settings.api import api
from tests.people import PASSWORD
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_pages import INLINE

SECRET = re.compile(r"clb_[a-z2-7]{8}_[A-Za-z0-9_-]{43}")


def _made(scene: Scene, number: int = 1) -> list[ApiToken]:
    alice = scene.people.alice
    return [
        create_token(user=alice, name=f"脚本{n}", scopes=["bookings:read"], by=alice, now=scene.now)[0]
        for n in range(number)
    ]


def _with_password(client: Client, address: str) -> None:
    client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    asked = client.get(address)
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": address})


def test_who_has_none_is_told_what_they_are_for(scene: Scene, signed_in: SignedIn) -> None:
    page = signed_in(scene.people.alice).get(reverse("token_list")).content.decode()
    assert page.count(reverse("token_create")) == 1
    assert 'class="empty"' in page


def test_a_token_is_made_behind_the_password_and_its_secret_shown_once(scene: Scene, client: Client) -> None:
    address = reverse("token_create")
    _with_password(client, address)
    form = client.get(address).content.decode()
    assert all(f'value="{key}"' in form for key in SCOPES)
    made = client.post(address, {"name": "夜间脚本", "scopes": ["bookings:read", "me:read"], "days": "30"})
    assert made.status_code == 201
    assert "no-store" in made.headers["Cache-Control"]
    [secret] = set(SECRET.findall(made.content.decode()))
    token = ApiToken.objects.get()
    assert (token.name, token.scopes) == ("夜间脚本", ["bookings:read", "me:read"])
    assert token.valid_until is not None
    assert abs(token.valid_until - scene.now - timedelta(days=30)) < timedelta(minutes=5)
    listed = client.get(reverse("token_list")).content.decode()
    assert token.prefix in listed
    assert secret not in listed
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.json()["username"] == "alice"


def test_what_is_missing_is_told_and_what_was_typed_is_kept(scene: Scene, client: Client) -> None:
    address = reverse("token_create")
    _with_password(client, address)
    answer = client.post(address, {"name": "夜间脚本", "days": "30"})
    assert answer.status_code == 422
    assert 'value="夜间脚本"' in answer.content.decode()
    assert client.post(address, {"name": "x", "scopes": ["all"], "days": "30"}).status_code == 422
    assert client.post(address, {"name": "x", "scopes": ["me:read"], "days": "9999"}).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_with_a_reason(scene: Scene, signed_in: SignedIn) -> None:
    [token] = _made(scene)
    client = signed_in(scene.people.alice)
    address = reverse("token_revoke", args=[token.ulid])
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": ""}).status_code == 422
    token.refresh_from_db()
    assert token.revoked_at is None
    assert client.post(address, {"reason": "电脑丢了"}).status_code == 302
    assert "电脑丢了" in client.get(reverse("token_list")).content.decode()
    again = client.post(address, {"reason": "再来"})
    assert again.status_code == 422
    assert "tokens.ended" in again.content.decode()


def test_the_list_takes_as_many_queries_for_twenty_as_for_one(scene: Scene, signed_in: SignedIn) -> None:
    client = signed_in(scene.people.alice)
    taken = []
    for more in (1, 19):
        _made(scene, more)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("token_list")).content.decode()
        taken.append(len(queries))
    assert page.count('<th scope="row">') == 20
    assert taken[0] == taken[1] <= 7


def test_the_page_of_the_interface_lists_every_operation_and_needs_nobody(db: None, client: Client) -> None:
    page = client.get(reverse("api_docs"))
    words = page.content.decode()
    assert page.status_code == 200
    for path, methods in api.get_openapi_schema()["paths"].items():
        assert path in words
        assert all(f"<strong>{method.upper()}</strong> {path}" in words for method in methods)
    assert INLINE.findall(words) == []
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_no_page_of_tokens_carries_inline_script_or_style(scene: Scene, client: Client) -> None:
    [token] = _made(scene)
    address = reverse("token_create")
    _with_password(client, address)
    pages = [
        client.get(reverse("token_list")),
        client.get(address),
        client.post(address, {"name": "x", "scopes": ["me:read"], "days": "30"}),
        client.get(reverse("token_revoke", args=[token.ulid])),
    ]
    assert [INLINE.findall(page.content.decode()) for page in pages] == [[]] * 4
