"""A database that is busy with others: deadlocks are tried again, a wait that was too long is a refusal."""

import pytest
from django.db import OperationalError, transaction

from apps.core.contention import TIMES, busy, is_contention, patient
from apps.core.errors import Busy
from tests.factories.refusals import refused
from tests.fakes.contention import deadlock, locked

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_contention_and_what_is_a_defect() -> None:
    assert is_contention(deadlock())
    assert is_contention(locked())
    assert not is_contention(OperationalError("database is locked"))  # words prove nothing
    assert not is_contention(ValueError("x"))
    assert (busy().code, busy().status, busy().retry_after) == ("core.busy", 503, 5)


def test_a_deadlock_is_tried_again_and_not_for_ever() -> None:
    met: list[int] = []

    @patient
    def act(least: int) -> str:
        """Done at the attempt `least`."""
        met.append(least)
        if len(met) < least:
            raise deadlock()
        return "done"

    assert act(TIMES) == "done"
    assert len(met) == TIMES
    met.clear()
    with refused(Busy, "core.busy"):
        act(TIMES + 1)
    assert len(met) == TIMES


def test_who_has_waited_for_a_lock_does_not_wait_again() -> None:
    met: list[int] = []

    @patient
    def act() -> None:
        met.append(1)
        raise locked()

    with refused(Busy, "core.busy"):
        act()
    assert len(met) == 1


def test_a_defect_and_somebody_elses_transaction_are_passed_on() -> None:
    @patient
    def broken() -> None:
        raise OperationalError("no such table")

    @patient
    def lost() -> None:
        raise deadlock()

    with pytest.raises(OperationalError, match="no such table"):
        broken()
    with pytest.raises(OperationalError), transaction.atomic():
        lost()
