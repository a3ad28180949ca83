"""Everybody whom a fee review asks."""

from datetime import datetime

import pytest

from tests.people import People
from tests.workflows.fee_reviews import School, school


@pytest.fixture
def who(they: People, now: datetime) -> School:
    """The committee, the department, finance, the office, and Teng with the FE-SEM A."""
    return school(they, now)
