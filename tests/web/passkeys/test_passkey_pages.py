"""The pages of passkeys: adding, naming and removing them, what is audited and told, and how they end."""

import json
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import CommandError, call_command
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from apps.core import clock, outbox
from apps.core.models import AuditEntry
from apps.notices.models import Notice
from apps.people.lifecycle import end_user
from apps.people.models import User
from apps.portal.passkeys import MOST
from tests.web.passkeying import (
    ADD,
    CONFIRM,
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
from tests.web.test_languages import chinese_on, english_on


def test_whose_registration_ends_has_no_passkeys_any_more(scene: Scene, alice: User, key: SoftKey) -> None:
    end_user(user=alice, reason="毕业", by=scene.people.office, now=scene.now)
    outbox.relay(channel=outbox.WORKER, now=clock.now(), limit=10_000)
    assert not Authenticator.objects.filter(user=alice).exists()


def test_adding_one_asks_who_you_are_first(alice: User) -> None:
    client = browser(alice)
    assert client.get(ADD).headers["Location"].startswith(reverse("account_reauthenticate"))
    assert client.post(ADD, {"credential": "{}"}).status_code == 302
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "lie", [{"origin": "https://evil.testserver"}, {"flags": PRESENT}, {"host": "evil.example"}], ids=str
)
def test_a_passkey_is_added_for_this_address_only(alice: User, lie: dict[str, Any]) -> None:
    client = browser(alice)
    confirm(client)
    page = add(client, SoftKey(**lie))
    assert page.status_code == 200
    assert REFUSED in page.content.decode()
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("answer", ["", "null", "{}", "[]", '{"response": 1}', "x"])
def test_nothing_is_added_from_nonsense(alice: User, answer: str) -> None:
    client = browser(alice)
    confirm(client)
    client.get(ADD)
    assert client.post(ADD, {"credential": answer}).status_code == 200
    assert not Authenticator.objects.exists()


def test_a_registration_is_used_once(alice: User) -> None:
    client = browser(alice)
    confirm(client)
    answer = SoftKey().create(asked(client.get(ADD), "creation_options"))
    assert client.post(ADD, {"credential": json.dumps(answer)}).status_code == 302
    assert REFUSED in client.post(ADD, {"credential": json.dumps(answer)}).content.decode()
    [only] = Authenticator.objects.filter(type="webauthn")
    assert str(only) == "通行密钥 1"  # no name was given


def test_there_is_a_most(alice: User, key: SoftKey) -> None:
    client = browser()
    login(client, key.get(challenge(client)))
    confirm(client)
    held = Authenticator.objects.get(user=alice, type="webauthn")
    Authenticator.objects.bulk_create(
        Authenticator(user=alice, type="webauthn", data=held.data) for _ in range(MOST - 1)
    )
    assert "请先移除一个" in add(client, SoftKey()).content.decode()
    assert Authenticator.objects.filter(user=alice, type="webauthn").count() == MOST


def test_what_happens_to_it_is_audited_and_told(scene: Scene, alice: User, key: SoftKey) -> None:
    client = browser()
    login(client, key.get(challenge(client)))
    confirm(client)
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
    client = browser(alice)
    confirm(client)
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


def test_somebody_elses_is_nowhere(scene: Scene, key: SoftKey) -> None:
    held = Authenticator.objects.get(user=scene.people.alice, type="webauthn")
    bob = browser(scene.people.bob)
    confirm(bob)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert bob.get(reverse(name, args=[held.pk])).status_code == 404
        assert bob.post(reverse(name, args=[held.pk]), {"name": "x"}).status_code == 404
    held.refresh_from_db()
    assert str(held) == "手机"


def test_the_name_is_short_and_changed(alice: User, key: SoftKey) -> None:
    client = browser()
    login(client, key.get(challenge(client)))
    confirm(client)
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
    client = browser()
    client.force_login(alice)
    with django_assert_num_queries(queries):
        assert client.get(reverse(name)).status_code == 200


def test_who_has_none_is_told_what_it_would_be(alice: User) -> None:
    client = browser()
    client.force_login(alice)
    for name in ("mfa_index", "mfa_list_webauthn"):
        assert "您还没有通行密钥" in client.get(reverse(name)).content.decode()


def test_a_person_with_an_app_only_is_asked_for_its_code_only(alice: User) -> None:
    TOTP.activate(alice, "A" * 32)
    client = browser(alice)
    page = client.get(STEP).content.decode()
    assert "passkey_confirm" not in page
    assert 'name="code"' in page
    client.post(reverse("account_logout"), {"next": reverse("account_login")})  # who changes their mind
    assert client.get(STEP).headers["Location"] == reverse("account_login")


def test_whoever_keeps_the_server_ends_all_of_them_with_a_reason(alice: User, key: SoftKey) -> None:
    client = browser()
    login(client, key.get(challenge(client)))
    assert client.get("/").status_code == 200
    with pytest.raises(CommandError, match="reason_required"):
        call_command("end_second_steps", alice.username, reason=" ")
    with pytest.raises(CommandError, match=r"people\.unknown"):
        call_command("end_second_steps", "nobody", reason="手机丢失")
    assert Authenticator.objects.filter(user=alice).count() == 2
    said = StringIO()
    call_command("end_second_steps", alice.username, reason="手机丢失", stdout=said)
    assert said.getvalue() == "removed 2 of alice; every sign-in is over\n"
    assert not Authenticator.objects.filter(user=alice).exists()
    assert client.get("/").status_code == 302
    noted = AuditEntry.objects.filter(action="people.factor_removed")
    assert [(one.actor, one.reason) for one in noted] == [(None, "手机丢失")] * 2
    outbox.relay(channel=outbox.WORKER, now=clock.now(), limit=10_000)
    assert Notice.objects.filter(user=alice, kind="account.passkey_removed").count() == 1
    plain = browser(alice)
    assert is_in(plain)


def test_the_pages_speak_one_language_each(alice: User, key: SoftKey) -> None:
    held = Authenticator.objects.get(user=alice, type="webauthn")
    client, halfway = browser(), browser(alice)
    login(client, key.get(challenge(client)))
    confirm(client)
    mine = [
        *(reverse(name) for name in ("mfa_index", "mfa_list_webauthn", "mfa_add_webauthn")),
        reverse("mfa_edit_webauthn", args=[held.pk]),
        reverse("mfa_remove_webauthn", args=[held.pk]),
        CONFIRM,
        reverse("account_reauthenticate"),
    ]
    assert english_on(mine, [client]) | english_on([STEP], [halfway]) == set()
    assert chinese_on(mine, [client]) | chinese_on([STEP], [halfway]) == set()
