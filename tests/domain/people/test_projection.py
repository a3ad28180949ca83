"""Object permissions are the projection of dated rights: in step with them, never enough alone, repaired."""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm, get_perms

from apps.core.errors import Invalid, NotPermitted
from apps.people.models import Authorization, OrgUnit
from apps.people.operations import grant_authorization, revoke_authorization, suspend_user
from apps.people.queries import is_office
from apps.people.repairing import find_differences, repair_after_migrate, repair_permissions
from apps.people.scopes import ScopeKind, may, register_scope, root_unit, scope_kinds, scope_of
from apps.people.tasks import repair_permissions as task
from tests import people
from tests.factories.facts import audited, told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _grant(they: people.People, row: Any, kind: str, now: datetime, **more: Any) -> Authorization:
    return grant_authorization(
        user=they.wang, kind=kind, scope=scope_of(row), grantor=they.office, now=now, **more
    )


@pytest.mark.parametrize("kind", ["manage", "use", "report"])
def test_a_right_on_any_kind_of_row_has_its_permission_until_it_is_taken(now: datetime, kind: str) -> None:
    they = people.gather(now)
    rows: list[Any] = [root_unit(), they.lab, they.sem.facility, they.sem]
    for row in rows:
        right = _grant(they, row, kind, now)
        assert right.target == row
        assert get_perms(they.wang, row) == [kind]
        assert may(they.wang, kind, row, now)
        assert may(they.wang, kind, they.sem, now)  # it lies in all of them
        revoke_authorization(authorization=right, by=they.office, now=now + HOUR, reason="moved")
        assert get_perms(they.wang, row) == []
        assert not may(they.wang, kind, row, now + HOUR)
    assert find_differences(now + HOUR) == ([], [])


def test_a_permission_without_a_dated_right_gives_nothing(now: datetime) -> None:
    they = people.gather(now)
    assign_perm("people.manage", they.wang, root_unit())
    assert not is_office(they.wang, now)
    assert not may(they.wang, "use", they.sem, now)
    with refused(NotPermitted, "people.grant_exceeds"):
        grant_authorization(user=they.bob, kind="use", scope="school", grantor=they.wang, now=now)


def test_a_dated_right_without_its_permission_does_not_count_until_it_is_repaired(now: datetime) -> None:
    they = people.gather(now)
    assert is_office(they.office, now)
    UserObjectPermission.objects.filter(user=they.office).delete()
    assert not is_office(they.office, now)
    found = repair_permissions(now=now)
    assert [(user, kind) for user, _type, _row, kind in found.missing] == [(they.office.pk, "manage")]
    assert is_office(they.office, now)
    assert told("people.user_changed")[-1] == {"user": they.office.ulid}
    assert not repair_permissions(now=now)
    assert len(audited("people.repair_permissions")) == 1


def test_a_stale_permission_is_removed_also_of_a_right_that_ran_out(now: datetime) -> None:
    they = people.gather(now)
    _grant(they, they.lab, "use", now, valid_until=now + HOUR)
    assign_perm("instruments.manage", they.bob, they.sem)
    assert find_differences(now)[1][0][0] == they.bob.pk
    assert not may(they.wang, "use", they.lab, now + HOUR)
    found = repair_permissions(now=now + HOUR)
    assert {user for user, *_rest in found.stale} == {they.bob.pk, they.wang.pk}
    assert found.missing == ()
    assert get_perms(they.wang, they.lab) == get_perms(they.bob, they.sem) == []


def test_a_permission_held_through_a_group_is_removed(now: datetime) -> None:
    they = people.gather(now)
    group = Group.objects.create(name="planted")
    group.user_set.add(they.bob)
    assign_perm("instruments.use", group, they.sem)
    assert not may(they.bob, "use", they.sem, now)
    assert repair_permissions(now=now).group == 1
    assert get_perms(they.bob, they.sem) == []


def test_permissions_of_other_kinds_are_left_alone(now: datetime) -> None:
    they = people.gather(now)
    view = Permission.objects.get(codename="view_instrument")
    assign_perm(view, they.bob, they.sem)
    assert not repair_permissions(now=now)
    assert get_perms(they.bob, they.sem) == ["view_instrument"]


def test_two_rights_behind_one_permission_keep_it_until_the_last_ends(now: datetime) -> None:
    they = people.gather(now)
    first = _grant(they, they.lab, "use", now, valid_until=now + HOUR)
    second = Authorization.objects.create(
        user=they.wang,
        kind="use",
        scope=first.scope,
        content_type=first.content_type,
        object_id=first.object_id,
        valid_from=now,
        valid_until=now + 3 * HOUR,
    )
    revoke_authorization(authorization=first, by=None, now=now, reason="one of two")
    assert may(they.wang, "use", they.lab, now + HOUR)
    revoke_authorization(authorization=second, by=None, now=now, reason="the other")
    assert get_perms(they.wang, they.lab) == []


def test_rights_of_before_the_projection_count_again_after_migrate(present: datetime) -> None:
    they = people.gather(present)
    Authorization.objects.update(content_type=None, object_id=None)
    UserObjectPermission.objects.all().delete()
    assert not is_office(they.office, present)
    repair_after_migrate()
    assert is_office(they.office, present)
    assert set(Authorization.objects.values_list("object_id", flat=True)) == {getattr(root_unit(), "pk", 0)}


def test_a_right_whose_scope_names_nothing_counts_for_nothing_and_is_the_offices_to_end(
    now: datetime,
) -> None:
    they = people.gather(now)
    lost = Authorization.objects.create(
        user=they.wang, kind="use", scope=f"instrument:{'0' * 26}", valid_from=now
    )
    assert not repair_permissions(now=now)
    with refused(NotPermitted, "people.grant_exceeds"):
        revoke_authorization(authorization=lost, by=they.teng, now=now, reason="tidy")
    revoke_authorization(authorization=lost, by=they.office, now=now, reason="tidy")
    lost.refresh_from_db()
    assert (lost.revoked_by, lost.revoke_reason) == (they.office, "tidy")


def test_the_root_unit_is_the_school_whichever_way_it_is_written(now: datetime) -> None:
    they = people.gather(now)
    root = OrgUnit.objects.get(kind="school")
    right = grant_authorization(
        user=they.wang, kind="manage", scope=f"unit:{root.ulid}", grantor=they.office, now=now
    )
    assert right.scope == "school"
    assert is_office(they.wang, now)


def test_may_answers_in_one_query_and_says_no_to_the_suspended(now: datetime) -> None:
    they = people.gather(now)
    _grant(they, they.lab, "manage", now)
    lab = OrgUnit.objects.select_related("parent__parent__parent").get(pk=they.lab.pk)
    with CaptureQueriesContext(connection) as queries:
        assert may(they.wang, "report", lab, now)
    assert len(queries) == 2  # the units around the lab, then the right
    suspend_user(user=they.wang, reason="inquiry", by=None, now=now)
    assert not may(they.wang, "report", lab, now)


def test_the_command_reports_repairs_and_checks(present: datetime) -> None:
    they = people.gather(present)
    UserObjectPermission.objects.filter(user=they.office).delete()
    assign_perm("instruments.use", they.bob, they.sem)
    out = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("repair_permissions", "--check", "--json", stdout=out)
    assert left.value.code == 1
    found = json.loads(out.getvalue())
    assert [one["user"] for one in found["missing"]] == [they.office.pk]
    assert [one["user"] for one in found["stale"]] == [they.bob.pk]
    out = StringIO()
    call_command("repair_permissions", stdout=out)
    assert "1 missing, 1 stale" in out.getvalue()
    out = StringIO()
    call_command("repair_permissions", "--check", stdout=out)
    assert out.getvalue() == "Rights and permissions agree.\n"


def test_the_task_repairs_and_counts(present: datetime) -> None:
    they = people.gather(present)
    UserObjectPermission.objects.filter(user=they.office).delete()
    assert task() == 1
    assert task() == 0


def test_a_scope_is_registered_once_and_finds_its_row_by_code(now: datetime) -> None:
    they = people.gather(now)
    found = {kind.prefix: kind for kind in scope_kinds()}
    assert found["unit"].find(f" {they.lab.code.lower()} ") == they.lab
    assert found["facility"].find(they.sem.facility.code) == they.sem.facility
    assert found["instrument"].find("qy000004") == they.sem
    assert found["instrument"].find("nothing") is None
    other = ScopeKind(**{**vars(found["unit"]), "title": "planted"})
    with pytest.raises(ValueError, match="twice"):
        register_scope(other)
    assert register_scope(found["unit"]) is found["unit"]
    with pytest.raises(LookupError):
        may(they.office, "use", they.alice, now)


def test_what_lies_within_a_scope_is_what_the_scope_lies_around(now: datetime) -> None:
    they = people.gather(now)
    kinds = {kind.prefix: kind for kind in scope_kinds()}
    for row in (they.lab, they.sem.facility, they.sem):
        for scope in kinds[_prefix(row)].around(row):
            assert row in kinds[_prefix(row)].within([scope])
        assert row not in kinds[_prefix(row)].within([f"unit:{'0' * 26}"])


def _prefix(row: Any) -> str:
    return scope_of(row).partition(":")[0]


@pytest.mark.parametrize("scope", ["", "school:", "unit", "person:x", "instrument:"])
def test_a_scope_that_names_nothing_is_refused(now: datetime, scope: str) -> None:
    they = people.gather(now)
    with refused(Invalid, "people.scope"):
        grant_authorization(user=they.bob, kind="use", scope=scope, grantor=they.office, now=now)
