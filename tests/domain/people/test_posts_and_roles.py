"""Posts of a unit, and who is there for a step."""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.models import OrgUnit, Post, User
from apps.people.operations import (
    appoint_post,
    end_post,
    grant_authorization,
    register_user,
    suspend_user,
)
from apps.people.roles import (
    lab_heads,
    office_users,
    pi_of,
    post_holders,
    safety_officers,
    superiors,
    unit_managers,
)
from apps.people.scopes import root_unit
from tests import people
from tests.factories.facts import audited, told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _manage(they: people.People, user: User, unit: OrgUnit, now: datetime) -> None:
    grant_authorization(user=user, kind="manage", scope=f"unit:{unit.ulid}", grantor=they.office, now=now)


def test_a_post_is_held_from_now_until_it_is_ended_with_a_reason(now: datetime) -> None:
    they = people.gather(now)
    post = appoint_post(
        user=they.teng, unit=they.lab, kind="safety_officer", by=they.office, now=now, reason="任命"
    )
    assert safety_officers(they.lab, now) == [they.teng]
    assert safety_officers(they.lab, now - HOUR) == []
    with refused(Invalid, "core.reason_required"):
        end_post(post=post, reason=" ", by=they.office, now=now)
    end_post(post=post, reason="轮换", by=they.office, now=now + HOUR)
    assert safety_officers(they.lab, now) == [they.teng]
    assert safety_officers(they.lab, now + HOUR) == []
    with refused(WrongState, "people.post_ended"):
        end_post(post=post, reason="again", by=they.office, now=now + HOUR)
    assert (
        told("people.post_changed")
        == [{"user": they.teng.ulid, "unit": they.lab.ulid, "kind": "safety_officer"}] * 2
    )
    assert audited("people.end_post")[0].reason == "轮换"


def test_posts_are_the_offices_and_never_ones_own(now: datetime) -> None:
    they = people.gather(now)
    for who in (they.teng, they.finance, they.charlie):
        with refused(NotPermitted, "people.office_only"):
            appoint_post(user=they.olga, unit=they.lab, kind="secretary", by=who, now=now)
    with refused(NotPermitted, "people.own_case"):
        appoint_post(user=they.office, unit=they.lab, kind="secretary", by=they.office, now=now)
    post = appoint_post(user=they.olga, unit=they.lab, kind="secretary", by=None, now=now)
    with refused(NotPermitted, "people.office_only"):
        end_post(post=post, reason="envy", by=they.teng, now=now)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "king"}, "people.post"),
        ({"kind": "department_head"}, "people.post_unit"),
        ({"user": "alice"}, "people.post_student"),
        ({"user": "charlie"}, "people.post_student"),
        ({"valid_until": "now"}, "core.period"),
    ],
)
def test_a_post_that_cannot_be_is_refused(now: datetime, changes: dict[str, str], code: str) -> None:
    they = people.gather(now)
    with refused(Invalid, code):
        appoint_post(
            user=getattr(they, changes.get("user", "teng")),
            unit=they.lab,
            kind=changes.get("kind", "lab_head"),
            by=they.office,
            now=now,
            valid_until=now if "valid_until" in changes else None,
        )
    assert not Post.objects.exists()


def test_a_post_is_held_once_and_only_by_somebody_in_force(now: datetime) -> None:
    they = people.gather(now)
    appoint_post(user=they.teng, unit=they.lab, kind="lab_head", by=they.office, now=now)
    with refused(WrongState, "people.post_held"):
        appoint_post(user=they.teng, unit=they.lab, kind="lab_head", by=they.office, now=now)
    suspend_user(user=they.olga, reason="inquiry", by=None, now=now)
    with refused(WrongState, "people.not_active"):
        appoint_post(user=they.olga, unit=they.lab, kind="lab_head", by=they.office, now=now)
    suspend_user(user=they.teng, reason="inquiry", by=None, now=now)
    assert lab_heads(they.lab, now) == []


def test_a_post_is_looked_for_in_the_unit_and_then_in_the_units_above(now: datetime) -> None:
    they = people.gather(now)
    department = they.lab.parent
    assert department is not None
    appoint_post(user=they.wang, unit=department, kind="safety_officer", by=None, now=now)
    assert safety_officers(they.lab, now) == [they.wang]
    for who in (they.olga, they.teng):
        appoint_post(user=who, unit=they.lab, kind="safety_officer", by=None, now=now)
    assert safety_officers(they.lab, now) == [they.olga, they.teng]  # the longest in the post first
    assert safety_officers(department, now) == [they.wang]
    assert post_holders(they.lab, "finance_officer", now) == []


def test_managers_of_a_unit_and_of_those_above_it(now: datetime) -> None:
    they = people.gather(now)
    department, root = they.lab.parent, root_unit()
    assert department is not None
    assert root is not None
    assert unit_managers(they.lab, now) == []
    assert superiors(they.lab, now) == [they.office]
    _manage(they, they.teng, they.lab, now)
    _manage(they, they.wang, department, now)
    _manage(they, they.teng, department, now)
    assert unit_managers(they.lab, now) == [they.teng]
    assert superiors(they.lab, now) == [they.wang, they.teng, they.office]
    assert superiors(department, now) == [they.office]
    assert superiors(root, now) == [they.office]
    assert unit_managers(root, now) == office_users(now) == [they.office]


def test_whoever_is_suspended_or_only_uses_is_not_asked(now: datetime) -> None:
    they = people.gather(now)
    grant_authorization(user=they.olga, kind="use", scope="school", grantor=they.office, now=now)
    second = register_user(username="office2", name_zh="第二人", kind="staff", unit=None, now=now)
    grant_authorization(user=second, kind="manage", scope="school", grantor=they.office, now=now)
    assert office_users(now) == [they.office, second]
    suspend_user(user=they.office, reason="inquiry", by=None, now=now)
    assert office_users(now) == [second]


def test_the_principal_investigator_is_asked_while_in_force(now: datetime) -> None:
    they = people.gather(now)
    assert pi_of(they.group, now) == [they.wang]
    suspend_user(user=they.wang, reason="inquiry", by=None, now=now)
    assert pi_of(they.group, now) == []
