"""Rights: dated, scoped, and never more than the grantor holds."""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.instruments.queries import manages, scopes_of
from apps.people.operations import grant_authorization, revoke_authorization, suspend_user
from apps.people.queries import authorized
from apps.people.scopes import scope_of
from tests import people
from tests.factories.facts import told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_who_manages_a_department_manages_every_instrument_in_it(now: datetime) -> None:
    they = people.gather(now)
    department = they.lab.parent
    assert department is not None
    assert not manages(they.wang, they.sem, now)
    grant_authorization(
        user=they.wang, kind="manage", scope=f"unit:{department.ulid}", grantor=they.office, now=now
    )
    assert manages(they.wang, they.sem, now)
    assert not manages(they.wang, they.sem, now - HOUR)


def test_to_manage_includes_to_use_and_to_see_reports_but_not_the_reverse(now: datetime) -> None:
    they = people.gather(now)
    for kind in ("manage", "use", "report"):
        assert authorized(they.office, kind, ("school",), now)
    assert not authorized(they.finance, "use", ("school",), now)


def test_nobody_grants_more_than_they_hold(now: datetime) -> None:
    they = people.gather(now)
    lab = f"unit:{they.lab.ulid}"
    grant_authorization(user=they.wang, kind="manage", scope=lab, grantor=they.office, now=now)
    grant_authorization(user=they.teng, kind="use", scope=lab, grantor=they.wang, now=now)
    for scope in ("school", f"unit:{they.lab.parent.ulid if they.lab.parent else ''}"):
        with refused(NotPermitted, "people.grant_exceeds"):
            grant_authorization(user=they.teng, kind="use", scope=scope, grantor=they.wang, now=now)
    for who in (they.finance, they.alice, they.teng):  # to see or to use is not to grant
        with refused(NotPermitted, "people.grant_exceeds"):
            grant_authorization(user=they.bob, kind="report", scope=lab, grantor=who, now=now)


def test_nobody_grants_for_longer_than_they_hold(now: datetime) -> None:
    they = people.gather(now)
    lab = f"unit:{they.lab.ulid}"
    grant_authorization(
        user=they.wang, kind="manage", scope=lab, grantor=they.office, now=now, valid_until=now + HOUR
    )
    for until in (None, now + 2 * HOUR):
        with refused(NotPermitted, "people.grant_exceeds"):
            grant_authorization(
                user=they.teng, kind="use", scope=lab, grantor=they.wang, now=now, valid_until=until
            )
    grant_authorization(
        user=they.teng, kind="use", scope=lab, grantor=they.wang, now=now, valid_until=now + HOUR
    )


def test_a_right_over_one_instrument_is_granted_by_whoever_manages_around_it(now: datetime) -> None:
    they = people.gather(now)
    lab = f"unit:{they.lab.ulid}"
    grant_authorization(user=they.wang, kind="manage", scope=lab, grantor=they.office, now=now)
    scope = scope_of(they.sem)
    with refused(NotPermitted, "people.grant_exceeds"):
        grant_authorization(user=they.teng, kind="use", scope=scope, grantor=they.olga, now=now)
    grant_authorization(user=they.teng, kind="use", scope=scope, grantor=they.wang, now=now)
    assert authorized(they.teng, "use", scopes_of(they.sem), now)


def test_nobody_grants_themselves_and_a_suspended_grantor_grants_nobody(now: datetime) -> None:
    they = people.gather(now)
    with refused(NotPermitted, "people.own_case"):
        grant_authorization(user=they.office, kind="use", scope="school", grantor=they.office, now=now)
    suspend_user(user=they.office, reason="inquiry", by=None, now=now)
    assert not authorized(they.office, "manage", ("school",), now)
    with refused(NotPermitted, "people.grant_exceeds"):
        grant_authorization(user=they.wang, kind="use", scope="school", grantor=they.office, now=now)


@pytest.mark.parametrize(
    ("kind", "scope", "code"),
    [
        ("own", "school", "people.right"),
        ("use", "planet", "people.scope"),
        ("use", "unit:short", "people.scope"),
        ("use", f"unit:{'0' * 26}", "people.scope"),
    ],
)
def test_an_unknown_right_or_scope_is_refused(now: datetime, kind: str, scope: str, code: str) -> None:
    they = people.gather(now)
    with refused(Invalid, code):
        grant_authorization(user=they.bob, kind=kind, scope=scope, grantor=they.office, now=now)


def test_a_right_is_held_once_ends_once_and_its_holder_may_give_it_up(now: datetime) -> None:
    they = people.gather(now)
    right = grant_authorization(user=they.wang, kind="report", scope="school", grantor=they.office, now=now)
    with refused(WrongState, "people.right_held"):
        grant_authorization(user=they.wang, kind="report", scope="school", grantor=they.office, now=now)
    with refused(Invalid, "core.reason_required"):
        revoke_authorization(authorization=right, by=they.wang, now=now, reason="")
    with refused(NotPermitted, "people.grant_exceeds"):
        revoke_authorization(authorization=right, by=they.finance, now=now, reason="envy")
    revoke_authorization(authorization=right, by=they.wang, now=now, reason="no longer needed")
    assert not authorized(they.wang, "report", ("school",), now)
    with refused(WrongState, "people.right_ended"):
        revoke_authorization(authorization=right, by=they.office, now=now, reason="again")
    assert told("people.user_changed")[-1] == {"user": they.wang.ulid}


def test_a_suspended_person_is_given_no_right(now: datetime) -> None:
    they = people.gather(now)
    suspend_user(user=they.bob, reason="inquiry", by=None, now=now)
    with refused(WrongState, "people.not_active"):
        grant_authorization(user=they.bob, kind="use", scope="school", grantor=they.office, now=now)
    with refused(Invalid, "core.period"):
        grant_authorization(
            user=they.alice, kind="use", scope="school", grantor=they.office, now=now, valid_until=now
        )
