"""A committee of nine with its secretary, for every test of this room."""

from datetime import datetime

import pytest

from tests.factories.panels import Board, board
from tests.people import People, gather


@pytest.fixture
def they(now: datetime) -> People:
    return gather(now)


@pytest.fixture
def who(they: People, now: datetime) -> Board:
    return board(they, now)
