"""An enrolled controller and the door it speaks to."""

from datetime import datetime

import pytest

from devices.ingest import Ingest
from tests.devices.enrolled import Wire, enrol


@pytest.fixture
def wire(db: None, now: datetime) -> Wire:
    """A controller that was enrolled and has not spoken yet."""
    return enrol(now=now)


@pytest.fixture
def ingest() -> Ingest:
    """A gateway's door with an empty memory."""
    return Ingest()
