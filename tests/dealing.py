"""How the whole suite is dealt to its workers (`pytest -n 3 --dist loadfile`). A file stays with one worker,
which makes its fixtures once. What takes longest comes first, so that all workers end together. What starts
whole installations goes to one worker, one after another: it waits most of its time, and it measures how soon
a machine is off.
"""

import gc
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

SYSTEM = "tests/system/"
# Rooms and files by what they take. One that is missing here costs a minute in which the other workers have
# nothing left to do, no more.
LONGEST = (
    SYSTEM,
    "tests/unit/bench/",
    "tests/architecture/",
    "tests/devices/faults/",
    "tests/domain/bookings/test_two_people_one_slot.py",
    "tests/domain/people/test_hr_worker.py",
    "tests/domain/portal/",
    "tests/domain/samples/test_never_lost.py",
    "tests/web/",
    "tests/api/",
    "tests/workflows/",
    "tests/documents/",
)
DATABASE = frozenset({"db", "transactional_db", "django_db_reset_sequences", "live_server"})


class Dealing(LoadFileScheduling):
    """Portions in the order of the collection."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # by number of tests it would begin with the quickest

    def _split_scope(self, nodeid: str) -> str:
        return SYSTEM if nodeid.startswith(SYSTEM) else super()._split_scope(nodeid)


def reaches_a_database(item: pytest.Item) -> bool:
    """Whether the test asked for the database. pytest-django lets no other connect."""
    asked = frozenset(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(asked & DATABASE)


def longest_first(items: list[pytest.Item]) -> None:
    """Sort in place; what is alike keeps its order, which is random."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(nodeid: str) -> int:
    return next((n for n, where in enumerate(LONGEST) if nodeid.startswith(where)), len(LONGEST))


def forget_the_garbage() -> None:
    """All modules and tests are there and stay: the collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
