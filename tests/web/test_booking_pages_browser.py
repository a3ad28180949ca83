"""Every page about bookings in a real Chromium: at both widths, in both languages, without a fault."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from scripts.browser import WIDTHS, Watch
from tests.web.bookingpages import of_alice, of_crew
from tests.web.scene import Scene, build

pytestmark = pytest.mark.once


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


def _signed_in(new_context: Any, url: str, user: Any, width: str, language: str) -> Any:
    """A page of a browser that holds the person's session already."""
    client = Client()
    client.force_login(user)
    across, down = WIDTHS[width]
    context = new_context(viewport={"width": across, "height": down})
    kept = {
        settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
        settings.LANGUAGE_COOKIE_NAME: language,
    }
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in kept.items()])
    return context.new_page()


@pytest.mark.parametrize(("width", "language"), [("desktop", "en"), ("phone", "zh-hans"), ("phone", "en")])
def test_no_page_has_a_fault(site: tuple[Scene, str], width: str, language: str, new_context: Any) -> None:
    scene, url = site
    faults = {}
    for user, addresses in ((scene.people.alice, of_alice(scene)), (scene.people.teng, of_crew(scene))):
        page = _signed_in(new_context, url, user, width, language)
        watch = Watch(page)
        for address in addresses:
            answer = page.goto(url + address)
            assert answer is not None
            assert answer.status == 200, address
            faults[address] = watch.problems()
    assert {address: found for address, found in faults.items() if found} == {}
