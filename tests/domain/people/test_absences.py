"""Standing in for somebody who is away: never for oneself, never in a circle, always by somebody there."""

import itertools
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.models import Absence, User
from apps.people.operations import declare_absence, end_absence, suspend_user
from apps.people.substitution import is_absent, substitute_for, substitutes_for
from tests import people
from tests.factories.facts import audited, told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def _away(user: User, substitute: User, now: datetime, *processes: str, days: int = 7) -> Absence:
    return declare_absence(
        user=user,
        substitute=substitute,
        valid_from=now,
        valid_until=now + days * DAY,
        by=user,
        now=now,
        processes=processes,
        reason="会议",
    )


def test_the_substitute_stands_in_from_the_beginning_to_the_end_and_no_longer(now: datetime) -> None:
    they = people.gather(now)
    absence = declare_absence(
        user=they.teng,
        substitute=they.olga,
        valid_from=now + DAY,
        valid_until=now + 3 * DAY,
        by=they.teng,
        now=now,
    )
    assert substitute_for(they.teng, now) is None
    assert substitute_for(they.teng, now + DAY) == they.olga
    assert substitute_for(they.teng, now + 3 * DAY) is None
    assert not is_absent(they.teng, now)
    assert is_absent(they.teng, now + DAY)
    assert told("people.absence_changed") == [{"user": they.teng.ulid, "substitute": they.olga.ulid}]
    assert audited("people.declare_absence")[0].object_ref == f"absence:{absence.ulid}"


def test_an_absence_for_one_process_leaves_the_others(now: datetime) -> None:
    they = people.gather(now)
    _away(they.teng, they.olga, now, "training")
    _away(they.teng, they.wang, now, "registration", "deregistration")
    assert substitute_for(they.teng, now, "training") == they.olga
    assert substitute_for(they.teng, now, "registration") == they.wang
    assert substitute_for(they.teng, now, "booking") is None
    with refused(WrongState, "people.absence_overlap"):
        _away(they.teng, they.olga, now)


def test_a_chain_is_followed_to_somebody_who_is_there(now: datetime) -> None:
    they = people.gather(now)
    _away(they.teng, they.olga, now)
    _away(they.olga, they.wang, now)
    assert substitute_for(they.teng, now) == they.wang
    assert substitutes_for([they.teng, they.olga, they.wang], now) == {
        they.teng.pk: they.wang,
        they.olga.pk: they.wang,
    }


def test_a_chain_that_ends_with_somebody_out_of_force_ends_with_nobody(now: datetime) -> None:
    they = people.gather(now)
    _away(they.teng, they.olga, now)
    suspend_user(user=they.olga, reason="inquiry", by=None, now=now)
    assert substitute_for(they.teng, now) is None
    assert is_absent(they.teng, now)
    assert substitutes_for([they.teng], now) == {they.teng.pk: None}


def test_nobody_hands_steps_round_in_a_circle(now: datetime) -> None:
    they = people.gather(now)
    _away(they.teng, they.olga, now, "training")
    _away(they.olga, they.wang, now)
    with refused(Invalid, "people.absence_circle") as met:
        _away(they.wang, they.teng, now)
    assert met.field == "substitute"
    _away(they.wang, they.teng, now, "booking")  # another process: no circle
    assert substitute_for(they.wang, now, "booking") == they.teng
    assert substitute_for(they.olga, now, "booking") == they.teng


def test_a_circle_that_came_about_past_the_operations_harms_nobody(now: datetime) -> None:
    they = people.gather(now)
    rows = [(they.teng, they.olga), (they.olga, they.wang), (they.wang, they.olga)]
    for user, substitute in rows:
        Absence.objects.create(user=user, substitute=substitute, valid_from=now, valid_until=now + DAY)
    assert substitutes_for([they.teng, they.olga, they.wang], now) == dict.fromkeys(
        (they.teng.pk, they.olga.pk, they.wang.pk)
    )


def test_a_very_long_chain_is_given_up(now: datetime) -> None:
    crowd = [User.objects.create(username=f"u{n}", name_zh="人", valid_from=now) for n in range(15)]
    for user, substitute in itertools.pairwise(crowd):
        Absence.objects.create(user=user, substitute=substitute, valid_from=now, valid_until=now + DAY)
    assert substitute_for(crowd[-3], now) == crowd[-1]
    assert substitute_for(crowd[0], now) != crowd[-1]


def test_who_may_not_declare_and_what_may_not_be_declared(now: datetime) -> None:
    they = people.gather(now)
    with refused(Invalid, "people.absence_self"):
        _away(they.teng, they.teng, now)
    with pytest.raises(IntegrityError, match="not_oneself"), transaction.atomic():
        Absence.objects.create(user=they.teng, substitute=they.teng, valid_from=now, valid_until=now + DAY)
    with refused(Invalid, "core.period"):
        _away(they.teng, they.olga, now, days=0)
    with refused(Invalid, "people.absence_past"):
        declare_absence(
            user=they.teng,
            substitute=they.olga,
            valid_from=now - 2 * DAY,
            valid_until=now,
            by=they.teng,
            now=now,
        )
    suspend_user(user=they.bob, reason="inquiry", by=None, now=now)
    with refused(WrongState, "people.not_active"):
        _away(they.teng, they.bob, now)
    with refused(NotPermitted, "people.absence_not_yours"):
        declare_absence(
            user=they.teng,
            substitute=they.olga,
            valid_from=now,
            valid_until=now + DAY,
            by=they.olga,
            now=now,
        )
    assert not Absence.objects.exists()


def test_the_office_declares_for_somebody_who_cannot(now: datetime) -> None:
    they = people.gather(now)
    absence = declare_absence(
        user=they.teng,
        substitute=they.olga,
        valid_from=now,
        valid_until=now + DAY,
        by=they.office,
        now=now,
    )
    assert absence.declared_by == they.office


@pytest.mark.parametrize("who", ["teng", "olga", "office"])
def test_an_absence_is_ended_once_by_those_concerned(now: datetime, who: str) -> None:
    they = people.gather(now)
    absence = _away(they.teng, they.olga, now)
    with refused(NotPermitted, "people.absence_not_yours"):
        end_absence(absence=absence, by=they.wang, now=now)
    end_absence(absence=absence, by=getattr(they, who), now=now + DAY)
    assert substitute_for(they.teng, now) == they.olga
    assert substitute_for(they.teng, now + DAY) is None
    with refused(WrongState, "people.absence_ended"):
        end_absence(absence=absence, by=they.teng, now=now + DAY)
    assert len(told("people.absence_changed")) == 2


def test_an_absence_that_is_over_is_not_ended_again(now: datetime) -> None:
    they = people.gather(now)
    absence = _away(they.teng, they.olga, now, days=1)
    with refused(WrongState, "people.absence_ended"):
        end_absence(absence=absence, by=they.teng, now=now + DAY)


def test_asking_takes_two_queries_and_one_for_each_further_link(
    now: datetime, django_assert_num_queries: object
) -> None:
    they = people.gather(now)
    _away(they.teng, they.olga, now)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert substitute_for(they.wang, now) is None
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert substitute_for(they.teng, now) == they.olga
