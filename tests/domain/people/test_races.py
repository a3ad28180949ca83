"""Two at the same moment: exactly one wins, the other is told so, and nothing is left half done."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from apps.people.admitting import activate_application
from apps.people.applying import submit_application, withdraw_application
from apps.people.models import Absence, Authorization, RegistrationApplication, User
from apps.people.operations import declare_absence, end_user, grant_authorization, suspend_user
from apps.people.repairing import find_differences, repair_permissions
from tests import people
from tests.domain.people.applicants import CHOSEN, applied, dan
from tests.domain.people.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
ROUNDS = 10


def test_of_two_applications_under_one_identity_one_is_open(now: datetime) -> None:
    people.gather(now)
    for n in range(ROUNDS):
        filled = dan(number=f"2026-{n}")
        act = partial(submit_application, filled=filled, password=CHOSEN, now=now)
        assert race([act, act, act]) == {"done": 1, "people.application_open": 2}
    assert RegistrationApplication.objects.count() == ROUNDS
    assert User.objects.filter(username__startswith="pending:").count() == ROUNDS


def test_an_application_is_either_activated_or_withdrawn(now: datetime) -> None:
    people.gather(now)
    for n in range(ROUNDS):
        application = applied(dan(number=f"2026-{n}"), now)
        outcome = race(
            [
                partial(
                    activate_application,
                    application=application,
                    valid_until=None,
                    renew_by=None,
                    visitor=True,
                    now=now,
                ),
                partial(withdraw_application, application=application, now=now),
            ]
        )
        assert outcome == {"done": 1, "people.application_closed": 1}
        application.refresh_from_db()
        assert User.objects.filter(username=f"2026-{n}").exists() is (application.state == "activated")


def test_a_right_is_granted_once_and_its_permission_is_there(now: datetime) -> None:
    they = people.gather(now)
    for kind in ("manage", "use", "report"):
        act = partial(
            grant_authorization, user=they.wang, kind=kind, scope="school", grantor=they.office, now=now
        )
        assert race([act, act]) == {"done": 1, "people.right_held": 1}
    assert find_differences(now) == ([], [])


def test_a_repair_beside_grants_takes_nothing_away(now: datetime) -> None:
    they = people.gather(now)
    units = [they.lab, they.lab.parent]
    acts = [
        partial(
            grant_authorization,
            user=user,
            kind="use",
            scope=f"unit:{unit.ulid}",
            grantor=they.office,
            now=now,
        )
        for user in (they.wang, they.teng)
        for unit in units
        if unit is not None
    ]
    assert race([*acts, *[partial(repair_permissions, now=now)] * 2]) == {"done": 6}
    assert Authorization.objects.filter(kind="use").count() == 4
    assert find_differences(now) == ([], [])


def test_a_person_is_ended_and_suspended_once(now: datetime) -> None:
    they = people.gather(now)
    suspend = partial(suspend_user, user=they.bob, reason="x", by=they.office, now=now)
    assert race([suspend, suspend]) == {"done": 1, "people.suspended": 1}
    end = partial(end_user, user=they.bob, reason="x", by=they.office, now=now)
    assert race([end, end]) == {"done": 1, "people.ended": 1}


def test_two_who_name_one_another_do_not_make_a_circle(now: datetime) -> None:
    they = people.gather(now)
    for n in range(ROUNDS):
        start = now + n * DAY
        acts = [
            partial(
                declare_absence,
                user=user,
                substitute=substitute,
                valid_from=start,
                valid_until=start + DAY,
                by=user,
                now=now,
            )
            for user, substitute in ((they.teng, they.olga), (they.olga, they.teng))
        ]
        assert race(acts) == {"done": 1, "people.absence_circle": 1}
    assert Absence.objects.count() == ROUNDS
