"""Passkeys against a browser that lies: every answer is used once, by the session that asked, for this very
address, with a key that is still there; and whatever is wrong, the answer is the same.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from apps.core import clock, outbox
from apps.core.models import AuditEntry
from apps.notices.models import Notice
from apps.people.lifecycle import end_user
from apps.people.models import User
from apps.portal.passkeys import MOST
from tests.people import PASSWORD
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.softkey import PRESENT, SoftKey

REFUSED = "通行密钥未通过验证"
OPTIONS = re.compile(r'<script id="js_data" type="application/json">(.*?)</script>', re.DOTALL)
LOGIN = "/accounts/2fa/webauthn/login/"
ADD = "/accounts/2fa/webauthn/add/"
STEP = "/accounts/2fa/authenticate/"
CONFIRM = "/accounts/2fa/webauthn/reauthenticate/"


@pytest.fixture(autouse=True)
def counted_anew(db: None) -> Iterator[None]:
    """What others asked for from this address is not counted here."""
    cache.clear()
    yield
    cache.clear()


class Tls(Client):
    """A browser that comes over TLS."""

    def generic(self, *args: Any, **more: Any) -> Any:
        """Any request."""
        return super().generic(*args, **{**more, "secure": True})


def _client(user: User | None = None) -> Client:
    """Another browser, where the person has given the password if one is named."""
    client = Tls()
    if user is not None:
        answer = client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
        assert answer.status_code == 302
    return client


def _confirm(client: Client) -> None:
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def _options(page: Any, what: str) -> dict[str, Any]:
    found = OPTIONS.search(page.content.decode())
    assert found, page.content.decode()[-2000:]
    told: dict[str, Any] = json.loads(html.unescape(found[1]))[what]
    return told


def _add(client: Client, key: SoftKey, name: str = "手机", **more: str) -> Any:
    answer = key.create(_options(client.get(ADD), "creation_options"))
    return client.post(ADD, {"name": name, "credential": json.dumps(answer), "passwordless": "on", **more})


def _challenge(client: Client) -> dict[str, Any]:
    told: dict[str, Any] = client.get(LOGIN, headers={"accept": "application/json"}).json()["request_options"]
    return told


def _login(client: Client, answer: object, *, follow: bool = True, **more: str) -> Any:
    return client.post(LOGIN, {"credential": json.dumps(answer), **more}, follow=follow)


def _signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture
def alice(scene: Scene) -> User:
    """Alice, who has the scene around her."""
    return scene.people.alice


@pytest.fixture
def key(alice: User) -> SoftKey:
    """Her passkey."""
    client, made = _client(alice), SoftKey()
    _confirm(client)
    assert _add(client, made).status_code == 302
    return made


def test_signing_in_with_a_passkey_needs_nothing_else_and_makes_a_new_session(
    alice: User, key: SoftKey
) -> None:
    client = _client()
    answer = key.get(_challenge(client))
    before = client.session.session_key
    arrived = _login(client, answer, follow=False, next=reverse("booking_list"))
    assert arrived.headers["Location"] == reverse("booking_list")
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_passkey_leads_nowhere_else(key: SoftKey) -> None:
    client = _client()
    arrived = _login(client, key.get(_challenge(client)), follow=False, next="https://evil.example/")
    assert arrived.headers["Location"] == "/"


def test_an_answer_is_used_once(key: SoftKey) -> None:
    client = _client()
    answer = key.get(_challenge(client))
    _login(client, answer)
    assert _signed_in(client)
    client.post(reverse("account_logout"))
    assert REFUSED in _login(client, answer).content.decode()
    assert not _signed_in(client)


def test_a_challenge_is_used_up_by_a_wrong_answer(key: SoftKey) -> None:
    client = _client()
    right = key.get(_challenge(client))
    _login(client, {"id": "x"})
    assert REFUSED in _login(client, right).content.decode()


def test_an_answer_belongs_to_the_session_that_asked(key: SoftKey) -> None:
    asked, other = _client(), _client()
    answer = key.get(_challenge(asked))
    _challenge(other)
    for client in (other, _client()):
        assert REFUSED in _login(client, answer).content.decode()
        assert not _signed_in(client)


def test_a_removed_passkey_opens_nothing(alice: User, key: SoftKey) -> None:
    client, mine = _client(), _client()
    answer = key.get(_challenge(client))
    _login(mine, key.get(_challenge(mine)))
    held = Authenticator.objects.get(user=alice, type="webauthn")
    address = reverse("mfa_remove_webauthn", args=[held.pk])
    asked = mine.post(address)
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.filter(pk=held.pk).exists()
    _confirm(mine)
    assert mine.post(address).headers["Location"] == reverse("mfa_list_webauthn")
    assert not Authenticator.objects.filter(user=alice).exists()  # its recovery codes went with it
    assert REFUSED in _login(client, answer).content.decode()
    assert not _signed_in(client)


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.testserver"},  # a neighbour within the domain, who may ask for our passkeys
        {"origin": "https://evil.example"},
        {"origin": "http://testserver"},
        {"origin": "https://testserver:8443"},
        {"cross_origin": True},
        {"host": "evil.example"},
        {"flags": PRESENT},  # nobody's finger
        {"flags": 0x04},
    ],
    ids=str,
)
def test_a_passkey_is_for_this_address_and_with_its_person_there(key: SoftKey, lie: dict[str, Any]) -> None:
    for member, value in lie.items():
        setattr(key, member, value)
    client = _client()
    assert REFUSED in _login(client, key.get(_challenge(client))).content.decode()
    assert not _signed_in(client)


def test_a_key_that_counts_counts_on(alice: User) -> None:
    owner, key = _client(alice), SoftKey(counted=7)
    _confirm(owner)
    _add(owner, key)
    heard = []
    for counted in (8, 12, 12, 11, 0, 13):
        key.counted = counted
        client = _client()
        _login(client, key.get(_challenge(client)))
        heard.append(_signed_in(client))
    assert heard == [True, True, False, False, False, True]


def test_somebody_else_cannot_be_named(scene: Scene, key: SoftKey) -> None:
    bob, mine = _client(scene.people.bob), SoftKey()
    _confirm(bob)
    _add(bob, mine)
    client = _client()
    mine.user = key.user
    assert REFUSED in _login(client, mine.get(_challenge(client))).content.decode()
    assert not _signed_in(client)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        "x",
        7,
        {"id": "x", "rawId": "x", "response": {}},
        {"id": "AAAA", "rawId": "AAAA", "response": {"userHandle": None}},
        {"id": "AAAA", "rawId": "AAAA", "response": []},
        {"x": "x" * 30_000},
    ],
    ids=lambda one: str(one)[:20],
)
def test_nonsense_is_refused_and_breaks_no_page(key: SoftKey, answer: object) -> None:
    client = _client()
    _challenge(client)
    page = _login(client, answer)
    assert page.status_code == 200
    assert not _signed_in(client)


@pytest.mark.parametrize("member", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
def test_a_spoilt_member_is_refused_alike(key: SoftKey, member: str) -> None:
    client, heard = _client(), []
    spoilt: list[object] = ["", "AAAA", "e30", "W10", "____", "OTk5" * 10, None, 3, []]
    for value in spoilt:
        answer = key.get(_challenge(client))
        answer["response"][member] = value
        heard.append(REFUSED in _login(client, answer).content.decode())
    assert heard == [True] * 9
    assert not _signed_in(client)


def test_the_challenge_tells_nothing_of_anybody(scene: Scene, key: SoftKey) -> None:
    asked = [_challenge(_client())["publicKey"] for _ in range(2)]
    assert asked[0].pop("challenge") != asked[1].pop("challenge")
    assert asked[0] == asked[1]
    assert not asked[0].get("allowCredentials")
    assert asked[0]["userVerification"] == "required"
    words = []
    for user in (key.user, "MQ", "OTk5OTk5", "bm9ib2R5"):  # hers, somebody's without one, nobody's, no number
        client, stranger = _client(), SoftKey(user=user)
        page = _login(client, stranger.get(_challenge(client)))
        words.append((page.status_code, REFUSED in page.content.decode(), page.redirect_chain))
    assert words == [(200, True, [(reverse("account_login"), 302)])] * 4


def test_an_account_that_is_not_in_force_is_not_opened(scene: Scene, alice: User, key: SoftKey) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    client = _client()
    arrived = _login(client, key.get(_challenge(client)), follow=False)
    assert arrived.headers["Location"] == reverse("account_inactive")
    assert not _signed_in(client)


def test_whose_registration_ends_has_no_passkeys_any_more(scene: Scene, alice: User, key: SoftKey) -> None:
    end_user(user=alice, reason="毕业", by=scene.people.office, now=scene.now)
    outbox.relay(channel=outbox.WORKER, now=clock.now(), limit=10_000)
    assert not Authenticator.objects.filter(user=alice).exists()


def test_the_second_step_after_the_password(alice: User, key: SoftKey) -> None:
    client = _client(alice)
    assert not _signed_in(client)
    page = client.get(STEP)
    options = _options(page, "request_options")
    assert [one["id"] for one in options["publicKey"]["allowCredentials"]]
    wrong = client.post(STEP, {"credential": json.dumps(SoftKey(user=key.user).get(options))})
    assert REFUSED in wrong.content.decode()
    assert not _signed_in(client)
    late = client.post(STEP, {"credential": json.dumps(key.get(options))})  # that challenge is used up
    assert REFUSED in late.content.decode()
    answer = key.get(_options(late, "request_options"))
    assert client.post(STEP, {"credential": json.dumps(answer)}).headers["Location"] == "/"
    assert _signed_in(client)


def test_a_recovery_code_stands_in_for_the_passkey(alice: User, key: SoftKey) -> None:
    codes = Authenticator.objects.get(user=alice, type="recovery_codes").wrap().get_unused_codes()
    client = _client(alice)
    assert client.post(STEP, {"code": "00000000"}).status_code == 200
    assert client.post(STEP, {"code": codes[0]}).status_code == 302
    assert _signed_in(client)


def test_a_passkey_confirms_that_it_is_you(alice: User, key: SoftKey) -> None:
    client = _client()
    _login(client, key.get(_challenge(client)))
    step_up = client.get(reverse("token_create"))
    assert step_up.status_code == 302  # signing in is not yet the confirmation
    chosen = client.get(step_up.headers["Location"]).content.decode()
    assert CONFIRM in chosen
    page = client.get(f"{CONFIRM}?next={reverse('token_create')}")
    answer = key.get(_options(page, "request_options"))
    done = client.post(CONFIRM, {"credential": json.dumps(answer), "next": reverse("token_create")})
    assert done.headers["Location"] == reverse("token_create")
    assert client.get(reverse("token_create")).status_code == 200


def test_adding_one_asks_who_you_are_first(alice: User) -> None:
    client = _client(alice)
    assert client.get(ADD).headers["Location"].startswith(reverse("account_reauthenticate"))
    assert client.post(ADD, {"credential": "{}"}).status_code == 302
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "lie", [{"origin": "https://evil.testserver"}, {"flags": PRESENT}, {"host": "evil.example"}], ids=str
)
def test_a_passkey_is_added_for_this_address_only(alice: User, lie: dict[str, Any]) -> None:
    client = _client(alice)
    _confirm(client)
    page = _add(client, SoftKey(**lie))
    assert page.status_code == 200
    assert REFUSED in page.content.decode()
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("answer", ["", "null", "{}", "[]", '{"response": 1}', "x"])
def test_nothing_is_added_from_nonsense(alice: User, answer: str) -> None:
    client = _client(alice)
    _confirm(client)
    client.get(ADD)
    assert client.post(ADD, {"credential": answer}).status_code == 200
    assert not Authenticator.objects.exists()


def test_a_registration_is_used_once(alice: User) -> None:
    client = _client(alice)
    _confirm(client)
    answer = SoftKey().create(_options(client.get(ADD), "creation_options"))
    assert client.post(ADD, {"credential": json.dumps(answer)}).status_code == 302
    assert REFUSED in client.post(ADD, {"credential": json.dumps(answer)}).content.decode()
    [only] = Authenticator.objects.filter(type="webauthn")
    assert str(only) == "通行密钥 1"  # no name was given


def test_there_is_a_most(alice: User, key: SoftKey) -> None:
    client = _client()
    _login(client, key.get(_challenge(client)))
    _confirm(client)
    held = Authenticator.objects.get(user=alice, type="webauthn")
    Authenticator.objects.bulk_create(
        Authenticator(user=alice, type="webauthn", data=held.data) for _ in range(MOST - 1)
    )
    assert "请先移除一个" in _add(client, SoftKey()).content.decode()
    assert Authenticator.objects.filter(user=alice, type="webauthn").count() == MOST


def test_what_happens_to_it_is_audited_and_told(scene: Scene, alice: User, key: SoftKey) -> None:
    client = _client()
    _login(client, key.get(_challenge(client)))
    _confirm(client)
    held = Authenticator.objects.get(user=alice, type="webauthn")
    client.post(reverse("mfa_remove_webauthn", args=[held.pk]))
    entries = AuditEntry.objects.filter(action__startswith="people.factor_").order_by("id")
    noted = [(one.action, one.actor, one.details["kind"], one.details["name"]) for one in entries]
    assert [one for one in noted if one[2] == "webauthn"] == [
        ("people.factor_added", alice, "webauthn", "手机"),
        ("people.factor_removed", alice, "webauthn", "手机"),
    ]
    outbox.relay(channel=outbox.WORKER, now=clock.now(), limit=10_000)
    heard = Notice.objects.filter(user=alice, kind__startswith="account.passkey").order_by("id")
    assert [(one.kind, one.args, one.url) for one in heard] == [
        ("account.passkey_added", {"name": "手机"}, "/accounts/2fa/"),
        ("account.passkey_removed", {"name": "手机"}, "/accounts/2fa/"),
    ]


def test_an_authenticator_app_is_told_as_well(
    alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = _client(alice)
    _confirm(client)
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    outbox.relay(channel=outbox.WORKER, now=clock.now(), limit=10_000)
    heard = Notice.objects.filter(user=alice, kind__startswith="account.app_").order_by("id")
    assert [one.kind for one in heard] == ["account.app_added", "account.app_removed"]
    noted = AuditEntry.objects.filter(action__startswith="people.factor_").order_by("id")
    assert [(one.action, one.details["kind"]) for one in noted][:2] == [
        ("people.factor_added", "totp"),
        ("people.factor_added", "recovery_codes"),
    ]


def test_somebody_elses_is_nowhere(scene: Scene, key: SoftKey, signed_in: SignedIn) -> None:
    held = Authenticator.objects.get(user=scene.people.alice, type="webauthn")
    bob = _client(scene.people.bob)
    _confirm(bob)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert bob.get(reverse(name, args=[held.pk])).status_code == 404
        assert bob.post(reverse(name, args=[held.pk]), {"name": "x"}).status_code == 404
    held.refresh_from_db()
    assert str(held) == "手机"


def test_sign_ins_by_passkey_are_limited_and_take_nothing_from_passwords(
    alice: User, key: SoftKey, settings: Settings
) -> None:
    settings.MFA_RATE_LIMITS = {"webauthn_login": "2/m/ip", "webauthn_challenge": "6/m/ip"}
    heard = [_login(_client(), {"id": "x"}, follow=False).status_code for _ in range(3)]
    heard += [_client().get(LOGIN, headers={"accept": "application/json"}).status_code for _ in range(4)]
    assert heard == [302, 302, 429, 200, 200, 200, 429]
    client = _client(alice)  # the password is asked for as before
    assert client.get(STEP).status_code == 200


def test_the_name_is_short_and_changed(alice: User, key: SoftKey) -> None:
    client = _client()
    _login(client, key.get(_challenge(client)))
    _confirm(client)
    held = Authenticator.objects.get(user=alice, type="webauthn")
    address = reverse("mfa_edit_webauthn", args=[held.pk])
    assert "手机" in client.get(address).content.decode()
    assert client.post(address, {"name": "x" * 61}).status_code == 200
    assert client.post(address, {"name": "<b>办公室</b>"}).status_code == 302
    page = client.get(reverse("mfa_list_webauthn")).content.decode()
    assert "&lt;b&gt;办公室&lt;/b&gt;" in page
    assert "<b>办公室" not in page


@pytest.mark.parametrize(("name", "queries"), [("mfa_list_webauthn", 5), ("mfa_index", 6)])
def test_the_pages_take_as_many_queries_for_any_number(
    alice: User, key: SoftKey, name: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    held = Authenticator.objects.get(user=alice, type="webauthn")
    Authenticator.objects.bulk_create(
        Authenticator(user=alice, type="webauthn", data=held.data) for _ in range(9)
    )
    client = _client()
    client.force_login(alice)
    with django_assert_num_queries(queries):
        assert client.get(reverse(name)).status_code == 200


def test_who_has_none_is_told_what_it_would_be(alice: User) -> None:
    client = _client()
    client.force_login(alice)
    for name in ("mfa_index", "mfa_list_webauthn"):
        assert "您还没有通行密钥" in client.get(reverse(name)).content.decode()
