"""The price list in a real Chromium: nothing overflows and nothing breaks accessibility or the content
security policy at either width.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from scripts.browser import WIDTHS, Watch
from tests.factories.instruments import many
from tests.factories.money import priced
from tests.web.scene import Scene, build
from tests.web.test_browser import _sign_in
from tests.web.test_people_browser import _picture


@pytest.fixture
def site(present: datetime, transactional_db: None, live_server: LiveServer) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server."""
    yield build(present), live_server.url
    connections.close_all()


@pytest.mark.once
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_price_list_has_no_fault(site: tuple[Scene, str], width: str, new_context: Any) -> None:
    scene, url = site
    across, down = WIDTHS[width]
    for one in many(scene.people.sem, 25)[:22]:
        priced(one, scene.now)
    page = new_context(viewport={"width": across, "height": down}).new_page()
    watch = Watch(page)
    faults = {}
    for address in (reverse("price_list"), f"{reverse('price_list')}?q=nothing"):
        page.goto(url + address)
        _picture(page, width, address)
        faults[address] = watch.problems()
    _sign_in(page, url, "office")
    for address in (reverse("price_coverage"), f"{reverse('price_list')}?tier=enterprise&page=2"):
        page.goto(url + address)
        _picture(page, width, address)
        faults[address] = watch.problems()
    assert {address: found for address, found in faults.items() if found} == {}
