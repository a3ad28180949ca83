"""Fixtures of the gate's tests: one day, made once for a module and seen fresh by every test."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction

from tests.domain.clearances.world import NOW, World, open_world


@pytest.fixture(scope="module")
def opened_day(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The day as it begins, in a transaction that is rolled back after the module's last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield open_world(NOW)
        transaction.set_rollback(True)


@pytest.fixture
def world(opened_day: World, db: None) -> World:
    """A working day on which Alice has everything in order; what a test does to it goes with the test."""
    return deepcopy(opened_day)
