"""Activating a pending account, visitors, and the yearly renewal."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, make_password

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.people.models import User
from apps.people.operations import activate_user, end_user, lift_visitor, renew_user, suspend_user
from apps.people.queries import due_for_renewal, user_state
from tests import people
from tests.factories.facts import audited, told
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MONTH = 30 * DAY


def _pending() -> User:
    return User.objects.create(username="pending:1", name_zh="丹", is_active=False)


def _activate(user: User, now: datetime, **changes: Any) -> User:
    asked: dict[str, Any] = {
        "user": user,
        "username": " 2026001 ",
        "kind": "student",
        "unit": None,
        "password_hash": make_password("seven-invented-otters"),
        "valid_until": now + 400 * DAY,
        "renew_by": now + 365 * DAY,
        "visitor": False,
        "now": now,
    }
    return activate_user(**{**asked, **changes})


def test_a_pending_account_is_in_force_under_its_login_from_its_activation(now: datetime) -> None:
    dan = _pending()
    assert user_state(dan, now) == "inactive"
    dan = _activate(dan, now)
    assert (dan.username, user_state(dan, now), user_state(dan, now + 400 * DAY)) == (
        "2026001",
        "active",
        "inactive",
    )
    assert check_password("seven-invented-otters", dan.password)
    assert told("people.user_activated") == [{"user": dan.ulid, "visitor": False}]
    with refused(WrongState, "people.already_active"):
        _activate(dan, now)


def test_a_person_who_comes_back_is_the_same_person(now: datetime) -> None:
    they = people.gather(now)
    end_user(user=they.bob, reason="毕业", by=they.office, now=now)
    back = _activate(they.bob, now + MONTH, username="bob", kind="staff")
    assert (back.pk, back.kind, user_state(back, now + MONTH)) == (they.bob.pk, "staff", "active")
    assert not back.cards.filter(revoked_at__isnull=True).exists()  # a new card is given out anew


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"username": " "}, Invalid, "people.username"),
        ({"kind": "wizard"}, Invalid, "people.kind"),
        ({"valid_until": "now"}, Invalid, "core.period"),
        ({"username": "taken"}, WrongState, "people.username_taken"),
    ],
)
def test_an_activation_that_cannot_be_changes_nothing(
    now: datetime, changes: dict[str, Any], kind: type, code: str
) -> None:
    User.objects.create(username="taken", name_zh="别人")
    dan = _pending()
    with refused(kind, code):
        _activate(dan, now, **{**changes, **({"valid_until": now} if "valid_until" in changes else {})})
    dan.refresh_from_db()
    assert (dan.username, user_state(dan, now)) == ("pending:1", "inactive")


def test_a_visitor_becomes_a_full_user_once(now: datetime) -> None:
    dan = _activate(_pending(), now, visitor=True)
    assert dan.is_visitor(now)
    dan = lift_visitor(user=dan, now=now + DAY)
    assert dan.is_visitor(now)
    assert not dan.is_visitor(now + DAY)
    with refused(WrongState, "people.no_visitor"):
        lift_visitor(user=dan, now=now + DAY)
    with refused(WrongState, "people.not_active"):
        lift_visitor(user=_pending(), now=now)


def test_a_renewal_moves_both_dates_and_is_audited(now: datetime) -> None:
    they = people.gather(now)
    dan = _activate(_pending(), now, unit=they.lab)
    renewed = renew_user(
        user=dan,
        valid_until=now + 800 * DAY,
        renew_by=now + 730 * DAY,
        by=they.office,
        now=now + 350 * DAY,
        reason="在读",
    )
    assert user_state(renewed, now + 799 * DAY) == "active"
    assert renewed.renew_by == now + 730 * DAY
    assert audited("people.renew_user")[0].reason == "在读"
    for until, by in ((now, None), (None, now)):
        with refused(Invalid, "core.period"):
            renew_user(user=dan, valid_until=until, renew_by=by, by=None, now=now)


def test_nobody_renews_themselves_or_whoever_has_left(now: datetime) -> None:
    they = people.gather(now)
    with refused(NotPermitted, "people.own_case"):
        renew_user(user=they.bob, valid_until=None, renew_by=None, by=they.bob, now=now)
    with refused(NotPermitted, "people.not_authorized"):
        renew_user(user=they.bob, valid_until=None, renew_by=None, by=they.wang, now=now)
    end_user(user=they.bob, reason="left", by=they.office, now=now)
    with refused(WrongState, "people.ended"):
        renew_user(user=they.bob, valid_until=None, renew_by=None, by=they.office, now=now)


def test_renewal_is_due_ahead_of_its_date_for_active_people_only(now: datetime) -> None:
    they = people.gather(now)
    for user, days in ((they.alice, 40), (they.bob, 20), (they.teng, -1), (they.olga, 10), (they.wang, 5)):
        user.renew_by = now + days * DAY
        user.save(update_fields=["renew_by"])
    suspend_user(user=they.olga, reason="inquiry", by=None, now=now)
    end_user(user=they.wang, reason="left", by=None, now=now)
    assert list(due_for_renewal(now, within=MONTH)) == [they.teng, they.bob]
