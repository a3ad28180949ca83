"""The pages of hosting in a real Chromium: no page with a fault at either width, in either language."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.hosting.negotiating import propose_terms
from scripts.browser import WIDTHS
from tests.factories.hosting import House, house, running, terms
from tests.web.scene import build
from tests.web.seeing import sign_in
from workflows.hosting.stating import state_all

PICTURES = os.environ.get("PICTURES")  # a folder, for whoever wants to look
pytestmark = pytest.mark.once


@pytest.fixture
def site(
    present: datetime, transactional_db: None, live_server: LiveServer, settings: Settings, tmp_path: Path
) -> Iterator[tuple[House, str]]:
    """The school behind a real web server."""
    settings.ATTACHMENTS_DIR = str(tmp_path / "attachments")
    scene = build(present)
    yield house(scene.people, scene.now), live_server.url
    connections.close_all()


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_no_page_has_a_fault(site: tuple[House, str], width: str, new_context: Any) -> None:
    home, url = site
    agreement = running(home)
    propose_terms(
        agreement=agreement, terms=terms(home.now, exit_days=90), by=home.owner, now=home.now, base=1
    )
    state_all(now=datetime(2026, 12, 1, 1, tzinfo=home.now.tzinfo))
    statement = agreement.statements.get()
    pages = {
        "list": reverse("hosting_list"),
        "agreement": reverse("hosting_agreement", args=[agreement.ulid]),
        "terms": reverse("hosting_terms", args=[agreement.ulid]),
        "differences": reverse("hosting_differences", args=[agreement.ulid]),
        "statement": reverse("hosting_statement", args=[statement.ulid]),
        "figure": reverse("hosting_figure", args=[statement.ulid, "open_hours"]),
        "rate": reverse("hosting_figure", args=[statement.ulid, "use_rate"]),
        "leave": reverse("hosting_leave", args=[agreement.ulid]),
    }
    found: list[str] = []
    for login, chosen in (("wang", pages), ("office", {"board": reverse("hosting_board")})):
        page, watch = sign_in(new_context, url, login, width)
        for name, address in chosen.items():
            page.goto(url + address)
            found += [f"{login} {name} {problem}" for problem in watch.problems()]
            if PICTURES:
                page.screenshot(path=f"{PICTURES}/hosting-{name}-{width}.png", full_page=True)
    assert found == []
