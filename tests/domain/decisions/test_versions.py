"""A rule set goes into force by date, by two people, and only when its own examples hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.core.models import AuditEntry, Fact
from apps.decisions.models import RuleSetVersion
from apps.decisions.operations import add_version, install_defaults
from apps.decisions.queries import table_of, version_in_force
from apps.people.models import User
from rules.errors import RuleSetError
from rules.points.access_unlock import DEFAULT, KEY
from rules.registry import all_points

pytestmark = pytest.mark.django_db

LATER = timedelta(days=7)


@pytest.fixture
def author() -> User:
    return User.objects.create(username="author", name_zh="起草人")


@pytest.fixture
def approver() -> User:
    return User.objects.create(username="approver", name_zh="批准人")


def body(version: int, **changes: Any) -> dict[str, Any]:
    return {**DEFAULT.to_json(), "version": version, **changes}


def test_the_defaults_are_installed_once_and_never_overwrite(now: datetime) -> None:
    first = install_defaults(now=now)
    assert [(version.point, version.version) for version in first] == [(spec.key, 1) for spec in all_points()]
    assert [table_of(version) for version in first] == [spec.default for spec in all_points()]
    assert install_defaults(now=now + LATER) == []


def test_nothing_is_in_force_before_the_first_version(now: datetime) -> None:
    install_defaults(now=now)
    assert version_in_force(KEY, now - timedelta(microseconds=1)) is None
    assert version_in_force(KEY, now) is not None


def test_the_predecessor_ends_at_the_instant_the_next_begins(
    now: datetime, author: User, approver: User
) -> None:
    install_defaults(now=now)
    second = add_version(
        point=KEY, body=body(2), valid_from=now + LATER, author=author, approver=approver, reason="", now=now
    )
    before = version_in_force(KEY, now + LATER - timedelta(microseconds=1))
    assert before is not None
    assert (before.version, before.valid_until) == (1, now + LATER)
    assert version_in_force(KEY, now + LATER) == second
    assert AuditEntry.objects.get(action="decisions.add_version").actor == approver
    assert Fact.objects.get(name="decisions.ruleset_in_force").payload == {"point": KEY, "version": 2}


def test_nobody_approves_their_own_rule_set(now: datetime, author: User) -> None:
    with pytest.raises(NotPermitted) as refusal:
        add_version(
            point=KEY, body=body(1), valid_from=now, author=author, approver=author, reason="", now=now
        )
    assert refusal.value.code == "decisions.same_person"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"rows": "none"}, "rules.table_shape"),
        ({"key": "access.other"}, "rules.point"),
        ({"facts_schema": 99}, "rules.facts_schema"),
        ({"rows": []}, "decisions.examples_failed"),
    ],
)
def test_a_table_that_cannot_be_read_or_fails_its_examples_is_refused(
    wrong: dict[str, Any], code: str, now: datetime, author: User, approver: User
) -> None:
    install_defaults(now=now)
    with pytest.raises(Invalid) as refusal:
        add_version(
            point=KEY,
            body=body(2, **wrong),
            valid_from=now,
            author=author,
            approver=approver,
            reason="",
            now=now,
        )
    assert refusal.value.code == code
    assert RuleSetVersion.objects.filter(point=KEY).count() == 1


EVERYTHING = {
    "id": "everything",
    "when": [],
    "then": "permit",
    "code": "access.permitted",
    "zh": "允许",
    "en": "Permitted",
}
EXAMPLES = [example.to_json() for example in DEFAULT.examples]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"rows": [*DEFAULT.to_json()["rows"], EVERYTHING]}, "decisions.unconditional_permit"),  # type: ignore[misc]
        ({"hit": "first", "default": "permit", "examples": []}, "decisions.unconditional_permit"),
        ({"examples": []}, "decisions.examples_missing"),
        ({"examples": [one for one in EXAMPLES if one["outcome"] == "permit"]}, "decisions.examples_missing"),
        ({"examples": [one for one in EXAMPLES if one["outcome"] == "deny"]}, "decisions.examples_missing"),
    ],
)
def test_a_table_that_opens_to_everybody_or_proves_nothing_is_refused(
    wrong: dict[str, Any], code: str, now: datetime, author: User, approver: User
) -> None:
    install_defaults(now=now)
    with pytest.raises(Invalid) as refusal:
        add_version(
            point=KEY,
            body=body(2, **wrong),
            valid_from=now + LATER,
            author=author,
            approver=approver,
            reason="",
            now=now,
        )
    assert refusal.value.code == code
    assert RuleSetVersion.objects.filter(point=KEY).count() == 1


def test_an_unknown_point_takes_no_version(now: datetime, author: User, approver: User) -> None:
    with pytest.raises(Invalid) as refusal:
        add_version(
            point="no.point",
            body=body(1),
            valid_from=now,
            author=author,
            approver=approver,
            reason="",
            now=now,
        )
    assert refusal.value.code == "rules.point_unknown"


@pytest.mark.parametrize(
    ("version", "days", "refusal", "code"),
    [
        (2, -1, Invalid, "decisions.in_the_past"),
        (3, 1, WrongState, "decisions.version_taken"),
        (1, 1, WrongState, "decisions.version_taken"),
        (2, 0, WrongState, "decisions.later_version"),
    ],
)
def test_a_version_neither_rewrites_the_past_nor_jumps_the_queue(
    version: int,
    days: int,
    refusal: type[Invalid | WrongState],
    code: str,
    now: datetime,
    author: User,
    approver: User,
) -> None:
    install_defaults(now=now)
    with pytest.raises(refusal) as caught:
        add_version(
            point=KEY,
            body=body(version),
            valid_from=now + timedelta(days=days),
            author=author,
            approver=approver,
            reason="",
            now=now,
        )
    assert caught.value.code == code


def test_the_database_refuses_two_versions_in_force_at_once(now: datetime) -> None:
    install_defaults(now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSetVersion.objects.create(point=KEY, version=2, body={}, digest="", valid_from=now + LATER)


def test_a_body_that_was_changed_behind_our_back_is_not_decided_by(now: datetime) -> None:
    install_defaults(now=datetime(2020, 1, 1, tzinfo=UTC))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE decisions_rulesetversion SET digest = %s", ["0" * 64])
    version = version_in_force(KEY, now)
    assert version is not None
    with pytest.raises(RuleSetError) as refusal:
        table_of(version)
    assert refusal.value.code == "rules.digest_mismatch"
