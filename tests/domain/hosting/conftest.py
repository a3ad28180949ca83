"""The house of every test of this room."""

from datetime import datetime

import pytest

from tests.factories.hosting import House, house
from tests.people import gather


@pytest.fixture
def home(db: None, now: datetime) -> House:
    return house(gather(now), now)
