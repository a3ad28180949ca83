"""Everybody, at the product's present."""

from datetime import datetime

import pytest
from pytest_django import Settings

from apps.core.clock import now as present
from tests.people import People, gather


@pytest.fixture
def they(db: None, now: datetime, settings: Settings) -> People:
    """Everybody, and the product's present is the tests' one."""
    settings.CLOCK_OFFSET_SECONDS = (now - present()).total_seconds()
    return gather(now)
