"""Fixtures of the people's tests."""

from datetime import UTC, datetime

import pytest
from pytest_django import Settings


@pytest.fixture
def present(now: datetime, settings: Settings) -> datetime:
    """The product's clock says `now`: for tasks and commands, which read it themselves."""
    settings.CLOCK_OFFSET_SECONDS = (now - datetime.now(UTC)).total_seconds()
    return now
