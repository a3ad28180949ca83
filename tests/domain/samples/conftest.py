"""The lab in which samples are tested."""

from datetime import datetime

import pytest

from tests.factories.samples import Lab, lab


@pytest.fixture
def place(db: None, now: datetime) -> Lab:
    """Everyone, a service of the FE-SEM A with a price by the sample, and a fund with money."""
    return lab(now)
