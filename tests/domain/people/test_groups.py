"""The organisation tree, research groups and who belongs to them."""

from datetime import datetime, timedelta

import pytest

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.models import OrgUnit
from apps.people.operations import (
    add_member,
    create_group,
    create_unit,
    end_membership,
    suspend_user,
)
from apps.people.queries import groups_of, members, unit_scopes
from tests import people
from tests.factories.facts import told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_the_tree_runs_from_school_to_department_to_lab_to_sub_lab(now: datetime) -> None:
    they = people.gather(now)
    room = create_unit(
        code="MSE-MCC-1", kind="sub_lab", name_zh="一室", name_en="Room 1", parent=they.lab, now=now
    )
    department = they.lab.parent
    assert department is not None
    school = department.parent
    assert school is not None
    assert unit_scopes(room) == (
        f"unit:{room.ulid}",
        f"unit:{they.lab.ulid}",
        f"unit:{department.ulid}",
        f"unit:{school.ulid}",
        "school",
    )


@pytest.mark.parametrize("kind", ["school", "lab", "sub_lab", "wing"])
def test_a_unit_stands_only_under_its_proper_parent(now: datetime, kind: str) -> None:
    they = people.gather(now)
    with refused(Invalid, "people.unit_parent"):
        create_unit(
            code="X",
            kind=kind,
            name_zh="错",
            name_en="Wrong",
            parent=they.lab.parent if kind != "lab" else they.lab,
            now=now,
        )
    with refused(Invalid, "people.unit_parent"):
        create_unit(code="X", kind="lab", name_zh="错", name_en="Wrong", parent=None, now=now)


def test_a_unit_code_is_given_once(now: datetime) -> None:
    they = people.gather(now)
    with refused(WrongState, "people.unit_taken"):
        create_unit(
            code=they.lab.code, kind="lab", name_zh="同", name_en="Same", parent=they.lab.parent, now=now
        )
    assert OrgUnit.objects.filter(code=they.lab.code).count() == 1


def test_a_group_has_its_principal_investigator_as_first_member(now: datetime) -> None:
    they = people.gather(now)
    group = create_group(name_zh="新组", name_en="New", pi=they.teng, unit=they.lab, now=now)
    assert list(members(group, now)) == [they.teng]
    assert set(groups_of(they.wang, now)) == {they.group}


def test_neither_a_student_nor_a_suspended_person_leads_a_group(now: datetime) -> None:
    they = people.gather(now)
    with refused(Invalid, "people.pi_not_staff"):
        create_group(name_zh="组", name_en="G", pi=they.alice, unit=they.lab, now=now)
    suspend_user(user=they.teng, reason="inquiry", by=None, now=now)
    with refused(Invalid, "people.pi_not_active"):
        create_group(name_zh="组", name_en="G", pi=they.teng, unit=they.lab, now=now)


def test_only_the_lead_or_the_office_takes_members(now: datetime) -> None:
    they = people.gather(now)
    for who in (they.alice, they.teng, they.charlie):
        with refused(NotPermitted, "people.not_group_lead"):
            add_member(group=they.group, user=they.charlie, by=who, now=now)
    add_member(group=they.group, user=they.charlie, by=they.office, now=now)
    assert they.charlie in members(they.group, now)
    assert told("people.membership_changed")[-1] == {"user": they.charlie.ulid, "group": they.group.ulid}


def test_a_suspended_lead_takes_nobody(now: datetime) -> None:
    they = people.gather(now)
    suspend_user(user=they.wang, reason="inquiry", by=None, now=now)
    with refused(NotPermitted, "people.not_active"):
        add_member(group=they.group, user=they.charlie, by=they.wang, now=now)


def test_a_person_is_a_member_once_at_a_time(now: datetime) -> None:
    they = people.gather(now)
    with refused(WrongState, "people.member"):
        add_member(group=they.group, user=they.alice, by=they.wang, now=now)
    add_member(group=they.group, user=they.charlie, by=they.wang, now=now, valid_until=now + HOUR)
    with refused(WrongState, "people.member"):
        add_member(group=they.group, user=they.charlie, by=they.wang, now=now)
    add_member(group=they.group, user=they.charlie, by=they.wang, now=now + HOUR)
    assert they.charlie in members(they.group, now + HOUR)


def test_a_member_may_leave_and_then_belongs_no_longer(now: datetime) -> None:
    they = people.gather(now)
    membership = they.group.memberships.get(user=they.bob)
    with refused(NotPermitted, "people.not_group_lead"):
        end_membership(membership=membership, by=they.alice, now=now)
    end_membership(membership=membership, by=they.bob, now=now)
    assert they.bob not in members(they.group, now)
    assert they.bob in members(they.group, now - HOUR)
    with refused(WrongState, "people.not_member"):
        end_membership(membership=membership, by=they.wang, now=now)


def test_the_lead_stays_a_member_while_leading(now: datetime) -> None:
    they = people.gather(now)
    with refused(WrongState, "people.pi_stays"):
        end_membership(membership=they.group.memberships.get(user=they.wang), by=they.wang, now=now)
