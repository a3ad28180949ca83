"""The scene of the pages serves the interface too. Programs ask in several languages, and the last one
asked for stays the thread's own: each test begins in the school's.
"""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation

from tests.web.conftest import present, scene, signed_in

__all__ = ["present", "scene", "signed_in"]


@pytest.fixture(autouse=True)
def _in_the_schools_language() -> Iterator[None]:
    yield
    translation.activate(settings.LANGUAGE_CODE)
