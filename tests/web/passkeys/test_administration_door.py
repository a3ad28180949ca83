"""The administration opens to a staff account whose sign-in was more than a password."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from apps.people.models import User
from tests.people import PASSWORD
from tests.web.passkeying import CONFIRM, add, asked, browser, challenge, confirm, is_in, login
from tests.web.softkey import SoftKey

ADMIN = "/admin/"


@pytest.fixture
def root(django_user_model: type[User]) -> User:
    """Whoever keeps the server, with a password only."""
    made: User = django_user_model.objects.create_superuser("root", password=PASSWORD, name_zh="管理员")
    return made


def _inside(client: Client) -> bool:
    answers = {path: client.get(path).status_code for path in (ADMIN, "/admin/password_change/")}
    assert len(set(answers.values())) == 1, answers
    return answers[ADMIN] == 200


def test_a_password_alone_is_led_to_a_second_step(root: User) -> None:
    client = browser(root)
    assert not _inside(client)
    led = client.get(ADMIN, follow=True)
    assert led.redirect_chain[-1][0] == reverse("mfa_index")
    assert "再打开" in led.content.decode()
    posted = client.post("/admin/login/", {"username": "root", "password": PASSWORD}, follow=True)
    assert posted.redirect_chain[-1][0] == reverse("mfa_index")
    assert is_in(client)
    assert not _inside(client)


def test_who_adds_one_confirms_it_once_and_is_in(root: User) -> None:
    client, key = browser(root), SoftKey()
    confirm(client)
    assert add(client, key).status_code == 302
    assert not _inside(client)
    led = client.get(ADMIN, follow=True)
    assert led.redirect_chain[-1][0] == f"{CONFIRM}?next=%2Fadmin%2F"
    answer = key.get(asked(led, "request_options"))
    there = client.post(CONFIRM, {"credential": json.dumps(answer), "next": ADMIN})
    assert there.headers["Location"] == ADMIN
    assert _inside(client)


def test_signing_in_with_a_passkey_opens_it_and_a_password_later_does_not(root: User) -> None:
    first, key = browser(root), SoftKey()
    confirm(first)
    add(first, key)
    other = browser()
    login(other, key.get(challenge(other)))
    assert _inside(other)
    assert not is_in(browser(root))  # the password asks for the second step


def test_a_second_step_makes_nobody_staff(root: User, alice: User) -> None:
    client, key = browser(alice), SoftKey()
    confirm(client)
    add(client, key)
    other = browser()
    login(other, key.get(challenge(other)))
    assert is_in(other)
    assert other.get(ADMIN).status_code == 302
    assert other.get("/admin/login/").status_code == 403
