"""Fixtures that every room shares: a fixed present, the school's language, a database emptied quickly."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as searching

from tests import dealing, emptying

os.environ.setdefault(
    "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
)  # the browser driver runs a loop in the test's thread

# No test measures time: a busy machine makes neither an example nor the making of one wrong.
searching.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
searching.load_profile("patient")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Before others choose: what cannot reach a database says the same on every one. After they shuffled: the
    whole suite begins with what takes longest.
    """
    for item in items:
        if not dealing.reaches_a_database(item):
            item.add_marker("once")
    yield
    if hasattr(config, "workerinput"):
        dealing.longest_first(items)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was collected stays."""
    dealing.forget_the_garbage()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of `--dist loadfile`; any other is xdist's own."""
    return dealing.Dealing(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture
def now() -> datetime:
    """Monday, 23 November 2026, 10:00 at the school: a working day, by daylight."""
    return datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_the_schools_language() -> None:
    """A request leaves its language on the thread; each test begins in the school's."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True, scope="session")
def _empty_quickly() -> None:
    emptying.install()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """PostgreSQL does not drop a database that somebody still uses: the last connections of killed gateways
    and of threads are ended before the test database goes.
    """
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
