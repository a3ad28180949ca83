"""Whoever has a passkey, in the tests about them."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from apps.people.models import User
from tests.web.passkeying import add, browser, confirm
from tests.web.scene import Scene
from tests.web.softkey import SoftKey


@pytest.fixture(autouse=True)
def counted_anew(db: None) -> Iterator[None]:
    """What others asked for from this address is not counted here."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def alice(scene: Scene) -> User:
    """Alice, who has the scene around her."""
    return scene.people.alice


@pytest.fixture
def key(alice: User) -> SoftKey:
    """Her passkey."""
    client, made = browser(alice), SoftKey()
    confirm(client)
    assert add(client, made).status_code == 302
    return made
