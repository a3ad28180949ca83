"""People and instruments that fee proposals are about."""

from datetime import datetime, timedelta

import pytest

from apps.instruments.models import Instrument
from tests.factories.instruments import sister
from tests.people import People, gather


@pytest.fixture
def people(now: datetime) -> People:
    return gather(now)


@pytest.fixture
def neighbour(people: People, now: datetime) -> Instrument:
    """Another FE-SEM, which nobody of them manages but the office."""
    return sister(people.sem, "QY900001", now - timedelta(days=300))
