"""Passkeys against a browser that lies: every answer is used once, by the session that asked, for this very
address, with a key that is still there; and whatever is wrong, the answer is the same.
"""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.urls import reverse
from pytest_django import Settings

from apps.people.models import User
from tests.web.passkeying import (
    CONFIRM,
    LOGIN,
    REFUSED,
    STEP,
    add,
    asked,
    browser,
    challenge,
    confirm,
    is_in,
    login,
)
from tests.web.scene import Scene
from tests.web.softkey import PRESENT, SoftKey


def test_signing_in_with_a_passkey_needs_nothing_else_and_makes_a_new_session(
    alice: User, key: SoftKey
) -> None:
    client = browser()
    answer = key.get(challenge(client))
    before = client.session.session_key
    arrived = login(client, answer, follow=False, next=reverse("booking_list"))
    assert arrived.headers["Location"] == reverse("booking_list")
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_passkey_leads_nowhere_else(key: SoftKey) -> None:
    client = browser()
    arrived = login(client, key.get(challenge(client)), follow=False, next="https://evil.example/")
    assert arrived.headers["Location"] == "/"


def test_an_answer_is_used_once(key: SoftKey) -> None:
    client = browser()
    answer = key.get(challenge(client))
    login(client, answer)
    assert is_in(client)
    client.post(reverse("account_logout"))
    assert REFUSED in login(client, answer).content.decode()
    assert not is_in(client)


def test_a_challenge_is_used_up_by_a_wrong_answer(key: SoftKey) -> None:
    client = browser()
    right = key.get(challenge(client))
    login(client, {"id": "x"})
    assert REFUSED in login(client, right).content.decode()


def test_an_answer_belongs_to_the_session_that_asked(key: SoftKey) -> None:
    asked, other = browser(), browser()
    answer = key.get(challenge(asked))
    challenge(other)
    for client in (other, browser()):
        assert REFUSED in login(client, answer).content.decode()
        assert not is_in(client)


def test_a_removed_passkey_opens_nothing(alice: User, key: SoftKey) -> None:
    client, mine = browser(), browser()
    answer = key.get(challenge(client))
    login(mine, key.get(challenge(mine)))
    held = Authenticator.objects.get(user=alice, type="webauthn")
    address = reverse("mfa_remove_webauthn", args=[held.pk])
    asked = mine.post(address)
    assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.filter(pk=held.pk).exists()
    confirm(mine)
    assert mine.post(address).headers["Location"] == reverse("mfa_list_webauthn")
    assert not Authenticator.objects.filter(user=alice).exists()  # its recovery codes went with it
    assert REFUSED in login(client, answer).content.decode()
    assert not is_in(client)


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
    client = browser()
    assert REFUSED in login(client, key.get(challenge(client))).content.decode()
    assert not is_in(client)


def test_a_key_that_counts_counts_on(alice: User) -> None:
    owner, key = browser(alice), SoftKey(counted=7)
    confirm(owner)
    add(owner, key)
    heard = []
    for counted in (8, 12, 12, 11, 0, 13):
        key.counted = counted
        client = browser()
        login(client, key.get(challenge(client)))
        heard.append(is_in(client))
    assert heard == [True, True, False, False, False, True]


def test_somebody_else_cannot_be_named(scene: Scene, key: SoftKey) -> None:
    bob, mine = browser(scene.people.bob), SoftKey()
    confirm(bob)
    add(bob, mine)
    client = browser()
    mine.user = key.user
    assert REFUSED in login(client, mine.get(challenge(client))).content.decode()
    assert not is_in(client)


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
    client = browser()
    challenge(client)
    page = login(client, answer)
    assert page.status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize("member", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
def test_a_spoilt_member_is_refused_alike(key: SoftKey, member: str) -> None:
    client, heard = browser(), []
    spoilt: list[object] = ["", "AAAA", "e30", "W10", "____", "OTk5" * 10, None, 3, []]
    for value in spoilt:
        answer = key.get(challenge(client))
        answer["response"][member] = value
        heard.append(REFUSED in login(client, answer).content.decode())
    assert heard == [True] * 9
    assert not is_in(client)


def test_the_challenge_tells_nothing_of_anybody(scene: Scene, key: SoftKey) -> None:
    asked = [challenge(browser())["publicKey"] for _ in range(2)]
    assert asked[0].pop("challenge") != asked[1].pop("challenge")
    assert asked[0] == asked[1]
    assert not asked[0].get("allowCredentials")
    assert asked[0]["userVerification"] == "required"
    words = []
    for user in (key.user, "MQ", "OTk5OTk5", "bm9ib2R5"):  # hers, somebody's without one, nobody's, no number
        client, stranger = browser(), SoftKey(user=user)
        page = login(client, stranger.get(challenge(client)))
        words.append((page.status_code, REFUSED in page.content.decode(), page.redirect_chain))
    assert words == [(200, True, [(reverse("account_login"), 302)])] * 4


def test_an_account_that_is_not_in_force_is_not_opened(scene: Scene, alice: User, key: SoftKey) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    client = browser()
    arrived = login(client, key.get(challenge(client)), follow=False)
    assert arrived.headers["Location"] == reverse("account_inactive")
    assert not is_in(client)


def test_the_second_step_after_the_password(alice: User, key: SoftKey) -> None:
    client = browser(alice)
    assert not is_in(client)
    page = client.get(STEP)
    options = asked(page, "request_options")
    assert [one["id"] for one in options["publicKey"]["allowCredentials"]]
    wrong = client.post(STEP, {"credential": json.dumps(SoftKey(user=key.user).get(options))})
    assert REFUSED in wrong.content.decode()
    assert not is_in(client)
    late = client.post(STEP, {"credential": json.dumps(key.get(options))})  # that challenge is used up
    assert REFUSED in late.content.decode()
    answer = key.get(asked(late, "request_options"))
    assert client.post(STEP, {"credential": json.dumps(answer)}).headers["Location"] == "/"
    assert is_in(client)


def test_a_recovery_code_stands_in_for_the_passkey(alice: User, key: SoftKey) -> None:
    codes = Authenticator.objects.get(user=alice, type="recovery_codes").wrap().get_unused_codes()
    client = browser(alice)
    assert client.post(STEP, {"code": "00000000"}).status_code == 200
    assert client.post(STEP, {"code": codes[0]}).status_code == 302
    assert is_in(client)


def test_a_passkey_confirms_that_it_is_you(alice: User, key: SoftKey) -> None:
    client = browser()
    login(client, key.get(challenge(client)))
    step_up = client.get(reverse("token_create"))
    assert step_up.status_code == 302  # signing in is not yet the confirmation
    chosen = client.get(step_up.headers["Location"]).content.decode()
    assert CONFIRM in chosen
    page = client.get(f"{CONFIRM}?next={reverse('token_create')}")
    answer = key.get(asked(page, "request_options"))
    done = client.post(CONFIRM, {"credential": json.dumps(answer), "next": reverse("token_create")})
    assert done.headers["Location"] == reverse("token_create")
    assert client.get(reverse("token_create")).status_code == 200


def test_sign_ins_by_passkey_are_limited_and_take_nothing_from_passwords(
    alice: User, key: SoftKey, settings: Settings
) -> None:
    settings.MFA_RATE_LIMITS = {"webauthn_login": "2/m/ip", "webauthn_challenge": "6/m/ip"}
    heard = [login(browser(), {"id": "x"}, follow=False).status_code for _ in range(3)]
    heard += [browser().get(LOGIN, headers={"accept": "application/json"}).status_code for _ in range(4)]
    assert heard == [302, 302, 429, 200, 200, 200, 429]
    assert "尝试次数过多" in login(browser(), {"id": "x"}).content.decode()
    client = browser(alice)  # the password is asked for as before
    assert client.get(STEP).status_code == 200
