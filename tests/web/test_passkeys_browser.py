"""Passkeys in a real Chromium with an authenticator of its own making: added, used to sign in, as the second
step and to confirm, renamed, removed; and what the pages say where there can be none.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connections
from django.urls import reverse
from playwright.sync_api import CDPSession, Page, expect
from pytest_django.live_server_helper import LiveServer

from scripts.browser import WIDTHS, Watch
from tests.people import PASSWORD
from tests.web.scene import build

pytestmark = pytest.mark.once
PASSKEY = "#passkey_login"
KEYS = "main .list-rows > li"


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[str]:
    """The school behind a real web server, by its name: a number is no name for a passkey."""
    cache.clear()
    build(present)
    yield live_server.url.replace("127.0.0.1", "localhost")
    connections.close_all()
    cache.clear()


def _device(page: Page) -> tuple[CDPSession, str]:
    """A phone's or computer's own authenticator, whose finger always fits."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, made["authenticatorId"]


def _by_password(page: Page, url: str) -> None:
    page.goto(url + reverse("account_login"))
    page.fill("#id_login", "alice")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")


def _confirm_by_password(page: Page) -> None:
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")


def _add(page: Page, url: str, name: str) -> None:
    """From the page of the second step, with the confirmation on the way."""
    page.goto(url + reverse("mfa_index"))
    page.get_by_role("link", name="添加通行密钥").click()
    if page.url.startswith(url + reverse("account_reauthenticate")):
        _confirm_by_password(page)
        page.wait_for_url(url + reverse("mfa_add_webauthn"))
    page.fill("#id_name", name)
    page.click("#passkey_add")
    page.wait_for_url(url + reverse("mfa_view_recovery_codes"))


def _sign_out(page: Page, url: str) -> None:
    page.goto(url + reverse("account_logout"))
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile("/accounts/login/"))


def _seen(page: Page, watch: Watch, address: str | re.Pattern[str]) -> list[str]:
    """What is wrong with a page that was arrived at."""
    page.wait_for_url(address)
    return [f"{address}: {problem}" for problem in watch.problems()]


@pytest.fixture(params=sorted(WIDTHS))
def alices(site: str, request: pytest.FixtureRequest, new_context: Any) -> tuple[Page, Watch]:
    """Alice's phone, or her computer; she has signed in with her password."""
    across, down = WIDTHS[request.param]
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    _device(page)
    _by_password(page, site)
    page.wait_for_url(site + "/")
    return page, watch


def test_a_passkey_is_added_and_signs_in(site: str, alices: tuple[Page, Watch]) -> None:
    page, watch = alices
    page.goto(site + reverse("mfa_index"))
    expect(page.locator("main")).to_contain_text("您还没有通行密钥")
    problems = watch.problems()
    page.goto(site + reverse("mfa_add_webauthn"))
    _confirm_by_password(page)
    problems += _seen(page, watch, site + reverse("mfa_add_webauthn"))
    expect(page.locator("#passkey_add")).to_be_visible()
    expect(page.locator("[data-no-passkeys]")).to_be_hidden()
    _add(page, site, "我的手机")
    problems += watch.problems()
    page.goto(site + reverse("mfa_index"))
    expect(page.locator("main")).to_contain_text("有 1 个通行密钥")
    problems += watch.problems()

    _sign_out(page, site)
    expect(page.locator(PASSKEY)).to_be_visible()
    problems += watch.problems()
    page.click(PASSKEY)  # no name, no password, no second step
    page.wait_for_url(site + "/")
    expect(page.locator("header")).to_contain_text("艾丽")

    _sign_out(page, site)
    page.goto(f"{site}{reverse('account_login')}?next={reverse('mfa_list_webauthn')}")
    page.click(PASSKEY)
    problems += _seen(page, watch, site + reverse("mfa_list_webauthn"))  # where they were going
    expect(page.locator(KEYS)).to_have_count(1)
    expect(page.locator(KEYS)).to_contain_text("可免密码登录")

    _sign_out(page, site)
    _by_password(page, site)
    problems += _seen(page, watch, site + reverse("mfa_authenticate"))  # the password alone opens nothing now
    page.click("#passkey_confirm")
    page.wait_for_url(site + "/")
    assert problems == []


def test_a_passkey_confirms_is_renamed_and_removed(site: str, alices: tuple[Page, Watch]) -> None:
    page, watch = alices
    _add(page, site, "我的手机")
    _sign_out(page, site)
    page.click(PASSKEY)
    page.wait_for_url(site + "/")
    page.goto(site + reverse("mfa_list_webauthn"))
    page.get_by_role("link", name="重命名").click()
    problems = _seen(page, watch, re.compile(reverse("account_reauthenticate")))
    page.get_by_role("link", name="使用通行密钥").click()
    problems += _seen(page, watch, re.compile(reverse("mfa_reauthenticate_webauthn")))
    page.click("#passkey_confirm")
    problems += _seen(page, watch, re.compile("/edit/"))
    page.fill("#id_name", "旧手机")
    page.keyboard.press("Enter")
    page.wait_for_url(site + reverse("mfa_list_webauthn"))
    expect(page.locator(f"{KEYS} strong")).to_have_text("旧手机")

    page.get_by_role("link", name="移除").click()
    problems += _seen(page, watch, re.compile("/remove/"))
    page.get_by_role("button", name="移除").click()
    problems += _seen(page, watch, site + reverse("mfa_list_webauthn"))
    expect(page.locator("main")).to_contain_text("您还没有通行密钥")
    assert not Authenticator.objects.exists()

    _sign_out(page, site)
    page.click(PASSKEY)  # the device still offers it
    expect(page.get_by_text("通行密钥未通过验证")).to_be_visible()
    problems += watch.problems()
    _by_password(page, site)
    page.wait_for_url(site + "/")  # the password alone again
    assert problems == []


def test_who_cancels_or_has_none_here_is_told_on_the_page(site: str, new_context: Any) -> None:
    page = new_context().new_page()
    watch = Watch(page)
    session, device = _device(page)
    page.goto(site + reverse("account_login"))
    page.click(PASSKEY)
    expect(page.locator("#passkey_problem")).to_contain_text("此设备上没有您的通行密钥")
    assert watch.problems() == []

    _by_password(page, site)
    page.wait_for_url(site + "/")
    _add(page, site, "电脑")
    page.goto(site + reverse("mfa_add_webauthn"))
    page.click("#passkey_add")
    expect(page.locator("#passkey_problem")).to_contain_text("此设备上已有")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    _sign_out(page, site)
    page.click(PASSKEY)
    expect(page.locator("#passkey_problem")).to_be_visible()
    assert watch.problems() == []


def test_a_passkey_for_the_second_step_only(site: str, new_context: Any) -> None:
    page = new_context().new_page()
    _device(page)
    _by_password(page, site)
    page.wait_for_url(site + "/")
    page.goto(site + reverse("mfa_add_webauthn"))
    _confirm_by_password(page)
    page.uncheck("#id_passwordless")
    page.click("#passkey_add")
    page.wait_for_url(site + reverse("mfa_view_recovery_codes"))
    page.goto(site + reverse("mfa_list_webauthn"))
    expect(page.locator(KEYS)).to_contain_text("通行密钥 1")
    _sign_out(page, site)
    page.click(PASSKEY)
    expect(page.locator("#passkey_problem")).to_be_visible()  # it is on no list of the device
    _by_password(page, site)
    page.wait_for_url(site + reverse("mfa_authenticate"))
    page.click("#passkey_confirm")
    page.wait_for_url(site + "/")


def test_the_administration_has_the_same_door(site: str, new_context: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_superuser("root", password=PASSWORD, name_zh="管理员")
    page = new_context().new_page()
    _device(page)
    page.goto(site + "/admin/")
    page.wait_for_url(re.compile(r"/accounts/login/\?next="))
    page.fill("#id_login", "root")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(site + reverse("mfa_index"))
    expect(page.get_by_text("管理后台除密码外还要求第二步验证")).to_be_visible()
    _add(page, site, "密钥")
    page.goto(site + "/admin/")
    page.click("#passkey_confirm")
    page.wait_for_url(site + "/admin/")
    _sign_out(page, site)
    page.goto(site + "/admin/")
    page.click(PASSKEY)
    page.wait_for_url(site + "/admin/")


def test_without_scripts_or_a_name_there_are_the_other_ways(site: str, new_context: Any) -> None:
    plain = new_context(java_script_enabled=False).new_page()
    _by_password(plain, site)
    plain.wait_for_url(site + "/")
    plain.goto(site + reverse("mfa_add_webauthn"))
    _confirm_by_password(plain)
    expect(plain.locator("[data-no-passkeys]")).to_be_visible()
    expect(plain.locator("#passkey_add")).to_be_hidden()
    fresh = new_context(java_script_enabled=False).new_page()
    fresh.goto(site + reverse("account_login"))
    expect(fresh.locator(PASSKEY)).to_be_hidden()
    numbered = new_context().new_page()
    watch = Watch(numbered)
    numbered.goto(site.replace("localhost", "127.0.0.1") + reverse("account_login"))
    expect(numbered.locator(PASSKEY)).to_be_hidden()
    assert watch.problems() == []
