"""The school's people for every test of the workflow room."""

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from tests.people import People, gather


@pytest.fixture
def they(db: None, now: datetime) -> People:
    """Everybody, in force for a year already."""
    return gather(now)


@pytest.fixture
def present(now: datetime, settings: Settings) -> datetime:
    """The product's clock says `now`: for tasks and commands, which read it themselves."""
    settings.CLOCK_OFFSET_SECONDS = (now - datetime.now(UTC)).total_seconds()
    return now
