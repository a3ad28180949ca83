"""The school's people for every test of the workflow room."""

from datetime import datetime

import pytest

from tests.people import People, gather


@pytest.fixture
def they(db: None, now: datetime) -> People:
    """Everybody, in force for a year already."""
    return gather(now)
