"""Rounds in which several answer side by side: decided early, at the deadline, and with signers added and
removed.
"""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import WrongState
from tests.factories.refusals import refused
from tests.people import People
from tests.toyflows.approvals import RoundFlow
from workflows import services
from workflows.models import Case, Step

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def open_round(they: People, now: datetime) -> Case:
    members = [they.wang.pk, they.teng.pk, they.olga.pk]
    return services.start(
        RoundFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref="round:1",
        data={"members": members},
    )


def seats(case: Case) -> dict[str, Step]:
    waiting = case.steps.filter(answered_at__isnull=True).select_related("task__owner", "case")
    return {step.task.owner.username: step for step in waiting if step.task.owner}


def test_the_round_ends_as_soon_as_it_is_decided_and_the_rest_is_no_longer_asked(
    they: People, now: datetime
) -> None:
    case = open_round(they, now)
    assert set(seats(case)) == {"wang", "teng", "olga"}
    services.answer(step=seats(case)["wang"], by=they.wang, now=now, outcome="approve")
    late = seats(case)["olga"]
    services.answer(step=seats(case)["teng"], by=they.teng, now=now, outcome="approve")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("done", "counted")
    assert seats(case) == {}
    with refused(WrongState, "workflows.answered"):
        services.answer(step=late, by=they.olga, now=now, outcome="approve")


def test_the_deadline_closes_the_round(they: People, now: datetime) -> None:
    case = open_round(they, now)
    services.answer(step=seats(case)["wang"], by=they.wang, now=now, outcome="approve")
    assert services.sweep(now=now + 7 * DAY).timers == 1
    case.refresh_from_db()
    assert case.outcome == "counted"


def test_a_seat_beside_counts_and_taking_it_back_wakes_the_join(they: People, now: datetime) -> None:
    case = open_round(they, now)
    mine = seats(case)["wang"]
    extra = services.add_signer(
        step=mine, by=they.wang, user=they.bob, now=now, where="beside", reason="an expert"
    )
    with refused(WrongState, "workflows.signer_there"):
        services.add_signer(step=mine, by=they.wang, user=they.teng, now=now, where="beside", reason="again")
    for name in ("wang", "teng"):
        services.answer(step=seats(case)[name], by=getattr(they, name), now=now, outcome="approve")
    assert set(seats(case)) == {"olga", "bob"}  # two of four is no majority
    services.remove_signer(step=extra, by=they.wang, user=they.bob, now=now, reason="away")
    case.refresh_from_db()
    assert case.outcome == "counted"  # two of three is


def test_withdrawing_ends_every_seat_and_the_deadline(they: People, now: datetime) -> None:
    case = open_round(they, now)
    services.withdraw(case=case, by=they.alice, now=now)
    assert seats(case) == {}
    assert services.sweep(now=now + 8 * DAY).timers == 0
