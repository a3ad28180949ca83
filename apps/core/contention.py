"""When the database is busy with other writers: what was lost in a deadlock is done again, and whoever has
waited as long as the database lets them hears that it is busy. Nothing was changed, and it is no defect.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Busy

P = ParamSpec("P")
R = TypeVar("R")

TIMES = 3
# Found at once, so that trying again costs nothing: deadlock, serialization failure.
_AT_ONCE = frozenset({"40P01", "40001"})
_WAITED = frozenset({"55P03"})  # lock not available
_SQLITE_BUSY, _SQLITE_LOCKED, _PRIMARY = 5, 6, 0xFF


def is_contention(error: BaseException) -> bool:
    """Whether others who write at the same moment are all that is wrong."""
    return _state(error) in _AT_ONCE | _WAITED or _is_locked(error)


def busy() -> Busy:
    """The refusal that says so."""
    return Busy(_("Many people are writing at this moment. Please try again; what you filled in is kept."))


def patient(operation: Callable[P, R]) -> Callable[P, R]:
    """The door of an operation that is one transaction: a deadlock is tried again, TIMES at most; a lock for
    which the database has waited already (SQLite: 20 s) is not, because somebody waits for the answer. Then
    Busy `core.busy` is raised, and nothing was changed.

    Inside a transaction of somebody else it only passes on: theirs is lost, and theirs is the door.
    """

    @wraps(operation)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return operation(*args, **kwargs)
        for left in reversed(range(TIMES)):
            try:
                return operation(*args, **kwargs)
            except OperationalError as error:
                if not is_contention(error):
                    raise
                if not left or _state(error) not in _AT_ONCE:
                    raise busy() from error
        raise AssertionError("unreachable")  # the last time answers or raises

    return guarded


def _state(error: BaseException) -> str:
    """The SQLSTATE of PostgreSQL's own error; empty for any other."""
    return str(getattr(error.__cause__, "sqlstate", None) or "")


def _is_locked(error: BaseException) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & _PRIMARY in (_SQLITE_BUSY, _SQLITE_LOCKED)
