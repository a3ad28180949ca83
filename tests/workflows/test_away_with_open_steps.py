"""Somebody goes away while steps wait for them: whoever stands in may take these too."""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import WrongState
from apps.core.outbox import WORKER, relay
from apps.notices.queries import unread
from apps.people.models import Absence, User
from apps.people.operations import declare_absence, end_absence
from tests.factories.refusals import refused
from tests.people import People
from tests.toyflows.approvals import RoundFlow
from tests.workflows.toys import kinds, owner, three_steps, waiting, yes
from workflows import inbox, services
from workflows.models import Case

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def away(user: User, substitute: User, start: datetime, now: datetime, **more: object) -> Absence:
    return declare_absence(
        user=user,
        substitute=substitute,
        valid_from=start,
        valid_until=start + 9 * DAY,
        by=user,
        now=now,
        **more,  # type: ignore[arg-type]
    )


def asked(case: Case) -> set[str]:
    (step,) = waiting(case).values()
    return {row.user.username for row in step.candidates.all()}


def test_from_the_day_of_the_absence_both_may_take_what_waits(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    away(they.wang, they.olga, now + DAY, now)
    assert services.sweep(now=now).stood_in == 0
    assert owner(case) == they.wang
    assert services.sweep(now=now + DAY).stood_in == 1
    assert services.sweep(now=now + DAY).stood_in == 0
    assert owner(case) is None
    assert [task.step.case for task in inbox.claimable_by(they.olga)] == [case]
    assert [task.step.case for task in inbox.claimable_by(they.wang)] == [case]
    step = yes(case, they.olga, now + DAY)
    assert step.candidates.get(user=they.olga).instead_of == they.wang
    assert kinds(case) == ["started", "stood_in", "approve"]
    assert case.events.get(kind="approve").details["instead_of"] == they.wang.name_zh


def test_whoever_is_away_may_still_do_it_and_keeps_what_they_took(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    away(they.wang, they.olga, now, now)
    services.sweep(now=now)
    services.claim(step=waiting(case)["tutor"], by=they.wang, now=now)
    assert services.sweep(now=now + DAY).stood_in == 0
    with refused(WrongState, "workflows.taken"):
        yes(case, they.olga, now + DAY)
    yes(case, they.wang, now + DAY)
    assert set(waiting(case)) == {"lab"}


def test_the_substitute_is_told_and_nobody_else(they: People, now: datetime) -> None:
    case = three_steps(they, now, tutors=[they.wang.pk, they.teng.pk])
    relay(channel=WORKER, now=now, limit=10_000)
    before = unread(they.teng).count()
    away(they.wang, they.olga, now, now)
    services.sweep(now=now)
    relay(channel=WORKER, now=now, limit=10_000)
    assert asked(case) == {"wang", "teng", "olga"}
    assert [one.kind for one in unread(they.olga) if one.case] == ["tasks.claimable"]
    assert unread(they.teng).count() == before


def test_an_absence_for_other_processes_and_one_that_was_ended_move_nothing(
    they: People, now: datetime
) -> None:
    case = three_steps(they, now)
    away(they.wang, they.olga, now, now, processes=["training"])
    ended = away(they.wang, they.olga, now + 10 * DAY, now)
    end_absence(absence=ended, by=they.wang, now=now)
    for days in (0, 11):
        assert services.sweep(now=now + days * DAY).stood_in == 0
    assert "olga" not in asked(case)
    assert owner(case) == they.wang


def test_the_applicant_never_stands_in_and_is_looked_at_once(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    away(they.wang, they.alice, now, now)
    services.sweep(now=now)
    services.sweep(now=now)
    assert (asked(case), owner(case)) == ({"wang"}, they.wang)
    assert kinds(case) == ["started"]


def test_an_opinion_that_was_asked_for_stays_with_who_was_asked(they: People, now: datetime) -> None:
    case = three_steps(they, now)
    services.delegate(step=waiting(case)["tutor"], by=they.wang, to=they.teng, now=now, reason="请看")
    away(they.teng, they.olga, now, now)
    away(they.wang, they.finance, now, now)
    assert services.sweep(now=now).stood_in == 0
    assert owner(case) == they.teng
    services.give_back(step=waiting(case)["tutor"], by=they.teng, now=now, opinion="可以")
    assert services.sweep(now=now).stood_in == 1
    assert asked(case) == {"wang", "finance"}


def test_a_seat_of_a_round_is_offered_and_its_round_goes_on(they: People, now: datetime) -> None:
    members = [they.wang, they.teng]
    case = services.start(
        RoundFlow,
        by=they.alice,
        now=now,
        applicant=they.alice,
        subject_ref="round:1",
        unit=they.lab,
        data={"members": [user.pk for user in members]},
    )
    away(they.wang, they.olga, now, now)
    assert services.sweep(now=now).stood_in == 1
    for by in (they.olga, they.teng):
        step = case.steps.filter(answered_at__isnull=True, candidates__user=by).first()
        assert step is not None
        services.answer(step=step, by=by, now=now, outcome="approve")
    case.refresh_from_db()
    assert case.outcome == "counted"
