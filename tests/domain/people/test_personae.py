"""The people of the tests are what their descriptions say, so that every other test may rely on them."""

from datetime import datetime

import pytest

from apps.instruments.queries import manages, may_manage
from apps.people.queries import authorized, groups_of, is_office, members, user_state
from apps.training.queries import level_of
from tests import people

pytestmark = pytest.mark.django_db


def test_everyone_stands_as_described(now: datetime) -> None:
    they = people.gather(now)
    assert level_of(they.alice, they.sem, now) == "basic"
    assert level_of(they.bob, they.sem, now) == "none"
    assert list(groups_of(they.bob, now)) == [they.group]
    assert set(members(they.group, now)) == {they.wang, they.alice, they.bob}
    assert manages(they.teng, they.sem, now)
    assert may_manage(they.olga, they.sem, now)
    assert not manages(they.olga, they.sem, now)
    assert is_office(they.office, now)
    assert authorized(they.finance, "report", ("school",), now)
    assert not authorized(they.finance, "manage", ("school",), now)
    assert they.charlie.is_external
    assert user_state(they.charlie, now) == "active"
    assert not may_manage(they.charlie, they.sem, now)
