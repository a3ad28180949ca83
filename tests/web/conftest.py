"""Fixtures of the pages: the product's present set to the tests' one, a signed-in client for each person, a
real Chromium.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.people.models import User
from scripts.browser import ARGS, executable
from tests.web.scene import Scene, build

SignedIn = Callable[[User], Client]

expect.set_options(timeout=20_000)  # no test measures time: a busy machine makes no page wrong


@pytest.fixture
def present(now: datetime, settings: Settings, tmp_path: Any) -> datetime:
    """The product's clock says `now`; brokers' files and the like go to a folder of the test's own."""
    settings.CLOCK_OFFSET_SECONDS = (now - datetime.now(UTC)).total_seconds()
    settings.BROKER_DIR = str(tmp_path / "mosquitto")
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return now


@pytest.fixture
def scene(present: datetime, db: None) -> Scene:
    """The school behind the pages."""
    return build(present)


@pytest.fixture
def signed_in() -> SignedIn:
    """A client for a person."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture(scope="session")
def base_url() -> str:
    """Each test names its own live server; the plugin's own fixture is deprecated by pytest itself."""
    return ""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium of the system; a missing one is a failure that says how to get it."""
    return {**browser_type_launch_args, "executable_path": executable(), "args": ARGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A browser at the school."""
    return {
        **browser_context_args,
        "service_workers": "block",  # they ask on their own, after a test is over
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "reduced_motion": "reduce",
    }


@pytest.fixture
def site(
    present: datetime, transactional_db: None, live_server: LiveServer, settings: Settings, tmp_path: Path
) -> Iterator[tuple[Scene, str]]:
    """The school behind a real web server, whose address comes with it."""
    settings.ATTACHMENTS_DIR = str(tmp_path / "attachments")
    yield build(present), live_server.url
    connections.close_all()
