"""Everybody whom a fee review asks."""

from datetime import datetime

import pytest

from tests.people import People, gather
from tests.remembering import remembered
from tests.workflows.fee_reviews import School, school


@remembered
def _everybody(now: datetime) -> School:
    return school(gather(now), now)


@pytest.fixture
def who(db: None, now: datetime) -> School:
    """The committee, the department, finance, the office, and Teng with the FE-SEM A."""
    return _everybody(now)


@pytest.fixture
def they(who: School) -> People:
    """The people of `who`."""
    return who.they
