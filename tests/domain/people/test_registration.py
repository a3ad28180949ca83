"""Registering, suspending, reinstating and ending people."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import check_password

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.models import User
from apps.people.operations import end_user, register_user, reinstate_user, suspend_user
from apps.people.queries import active_users, find_people, user_state
from tests import people
from tests.factories.facts import audited, told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _register(now: datetime, **changes: object) -> User:
    asked: dict[str, object] = {"username": "dan", "name_zh": "丹", "kind": "student", "unit": None}
    return register_user(**{**asked, **changes}, now=now)  # type: ignore[arg-type]


def test_a_registered_user_is_in_force_from_now_until_the_end_and_not_a_moment_longer(now: datetime) -> None:
    dan = _register(now, valid_until=now + HOUR)
    assert user_state(dan, now - timedelta(microseconds=1)) == "inactive"
    assert user_state(dan, now) == "active"
    assert user_state(dan, now + HOUR - timedelta(microseconds=1)) == "active"
    assert user_state(dan, now + HOUR) == "inactive"
    assert told("people.user_changed") == [{"user": dan.ulid}]


def test_a_password_is_kept_hashed_and_a_weak_one_is_refused(now: datetime) -> None:
    with refused(Invalid, "people.weak_password") as met:
        _register(now, password="password1234")
    assert met.field == "password"
    dan = _register(now, password="seven-invented-otters")
    assert check_password("seven-invented-otters", dan.password)
    assert not _register(now, username="eve").has_usable_password()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"username": "  "}, "people.username"),
        ({"username": "x" * 151}, "people.username"),
        ({"name_zh": " "}, "people.name"),
        ({"kind": "wizard"}, "people.kind"),
    ],
)
def test_a_registration_without_its_parts_is_refused_at_the_field(
    now: datetime, changes: dict[str, str], code: str
) -> None:
    with refused(Invalid, code) as met:
        _register(now, **changes)
    assert met.field in changes
    assert not User.objects.exists()


def test_a_registration_that_ends_before_it_begins_is_refused(now: datetime) -> None:
    with refused(Invalid, "core.period"):
        _register(now, valid_until=now)


def test_a_login_is_given_once(now: datetime) -> None:
    _register(now)
    with refused(WrongState, "people.username_taken") as met:
        _register(now, name_zh="另一人")
    assert met.field == "username"
    assert User.objects.count() == 1


def test_a_user_who_was_never_registered_is_not_in_force(now: datetime) -> None:
    bare = User.objects.create_user(username="bare", name_zh="无名")
    assert user_state(bare, now) == "inactive"
    assert not active_users(now).filter(pk=bare.pk).exists()


def test_the_office_suspends_and_reinstates_and_both_are_told(now: datetime) -> None:
    they = people.gather(now)
    suspend_user(user=they.bob, reason="unpaid", by=they.office, now=now)
    assert user_state(they.bob, now) == "suspended"
    assert user_state(they.bob, now - HOUR) == "active"
    reinstate_user(user=they.bob, by=they.office, now=now + HOUR)
    assert user_state(they.bob, now + HOUR) == "active"
    assert user_state(they.bob, now) == "suspended"
    assert told("people.user_suspended") == [{"user": they.bob.ulid, "reason": "unpaid"}]
    assert told("people.user_reinstated") == [{"user": they.bob.ulid}]
    assert audited("people.suspend_user")[0].actor == they.office


def test_a_suspension_with_an_end_ends_by_itself_and_another_may_follow(now: datetime) -> None:
    they = people.gather(now)
    suspend_user(user=they.bob, reason="no-show", by=None, now=now, valid_until=now + HOUR)
    with refused(WrongState, "people.suspended"):
        suspend_user(user=they.bob, reason="again", by=None, now=now)
    assert user_state(they.bob, now + HOUR) == "active"
    suspend_user(user=they.bob, reason="again", by=None, now=now + HOUR)
    assert user_state(they.bob, now + HOUR) == "suspended"


def test_nobody_without_authority_suspends_and_nobody_reinstates_themselves(now: datetime) -> None:
    they = people.gather(now)
    for who in (they.teng, they.wang, they.charlie, they.finance):
        with refused(NotPermitted, "people.not_authorized"):
            suspend_user(user=they.bob, reason="spite", by=who, now=now)
    suspend_user(user=they.office, reason="inquiry", by=None, now=now)
    with refused(NotPermitted, "people.own_case"):
        reinstate_user(user=they.office, by=they.office, now=now)
    with refused(NotPermitted, "people.not_authorized"):
        suspend_user(user=they.bob, reason="while suspended", by=they.office, now=now)


def test_a_suspension_needs_a_reason_and_a_reinstatement_a_suspension(now: datetime) -> None:
    they = people.gather(now)
    with refused(Invalid, "core.reason_required"):
        suspend_user(user=they.bob, reason="  ", by=they.office, now=now)
    with refused(WrongState, "people.not_suspended"):
        reinstate_user(user=they.bob, by=they.office, now=now)


def test_an_ended_user_can_no_longer_sign_in_or_act_and_ends_once(now: datetime) -> None:
    they = people.gather(now)
    gone = end_user(user=they.bob, reason="graduated", by=they.office, now=now)
    assert user_state(gone, now) == "inactive"
    assert not gone.is_active
    with refused(WrongState, "people.ended"):
        end_user(user=they.bob, reason="again", by=they.office, now=now)


def test_a_user_may_be_ended_before_the_registration_begins(now: datetime) -> None:
    dan = end_user(user=_register(now, valid_from=now + HOUR), reason="withdrew", by=None, now=now)
    assert user_state(dan, now + 2 * HOUR) == "inactive"


def test_people_are_found_by_login_and_by_either_name_while_they_may_act(now: datetime) -> None:
    they = people.gather(now)
    assert list(find_people("艾", now)) == [they.alice]
    assert list(find_people("ALI", now)) == [they.alice]
    assert list(find_people("alice ", now)) == [they.alice]
    suspend_user(user=they.alice, reason="rest", by=None, now=now)
    assert not find_people("alice", now).exists()
