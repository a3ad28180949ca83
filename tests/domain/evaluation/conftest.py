"""A committee of nine with its secretary, for every test of this room."""

from datetime import datetime

import pytest

from tests.factories.panels import Board, board
from tests.people import People, gather_with_rules
from tests.remembering import remembered


@remembered
def _seated(now: datetime) -> tuple[People, Board]:
    they = gather_with_rules(now)
    return they, board(they, now, code="evaluation")


@pytest.fixture
def everybody(now: datetime) -> tuple[People, Board]:
    return _seated(now)


@pytest.fixture
def they(everybody: tuple[People, Board]) -> People:
    return everybody[0]


@pytest.fixture
def who(everybody: tuple[People, Board]) -> Board:
    return everybody[1]
