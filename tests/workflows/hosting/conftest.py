"""The house of every case of hosting, where the rules have been in force for a year."""

from datetime import datetime

import pytest

from tests.factories.hosting import House, house
from tests.people import gather_with_rules


@pytest.fixture
def home(db: None, now: datetime) -> House:
    return house(gather_with_rules(now), now)
