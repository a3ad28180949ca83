"""Fixtures of the gate's tests."""

from datetime import datetime

import pytest

from tests.domain.clearances.world import World, open_world


@pytest.fixture
def world(db: None, now: datetime) -> World:
    """A working day on which Alice has everything in order."""
    return open_world(now)
