"""A school sets a number of its own, by date."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core.deciding import set_parameter
from apps.core.errors import Invalid, WrongState
from apps.core.models import AuditEntry, ParameterValue
from apps.core.parameters import citations, value
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_value_holds_from_its_moment_with_what_it_cites() -> None:
    set_parameter(
        key="fees.notice_days",
        value=7,
        valid_from=NOW + DAY,
        reason="As decided",
        cites="《办法》第六条",
        now=NOW,
    )
    assert [value("fees.notice_days", at=at) for at in (NOW, NOW + DAY)] == [5, 7]
    assert [citations(["fees"], at=at) for at in (NOW, NOW + DAY)] == [(), ("《办法》第六条",)]
    entry = AuditEntry.objects.get(action="core.set_parameter")
    assert (entry.reason, entry.details["value"]) == ("As decided", "7")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"key": "fees.no_such"}, "core.no_parameter"),
        ({"value": "7"}, "core.parameter_kind"),
        ({"value": True}, "core.parameter_kind"),
        ({"value": None}, "core.parameter_kind"),
        ({"key": "fees.drift", "value": {"least": "0.7"}}, "core.parameter_kind"),
        ({"valid_from": NOW - DAY}, "core.parameter_past"),
        ({"reason": " "}, "core.reason_required"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, Any], code: str) -> None:
    usual: dict[str, Any] = {
        "key": "fees.notice_days",
        "value": 7,
        "valid_from": NOW,
        "reason": "why",
        "now": NOW,
    }
    with refused(Invalid, code):
        set_parameter(**usual | changed)
    assert not ParameterValue.objects.exists()


def test_two_values_do_not_begin_at_one_moment() -> None:
    said: dict[str, Any] = {"key": "fees.drift", "valid_from": NOW, "reason": "why", "now": NOW}
    set_parameter(value=["0.6", "1.4"], **said)
    with refused(WrongState, "core.parameter_set"):
        set_parameter(value=["0.5", "1.5"], **said)
    assert value("fees.drift", at=NOW) == ["0.6", "1.4"]


def test_the_command_shows_and_sets() -> None:
    out = StringIO()
    call_command("parameter", "fees.notice", stdout=out)
    assert out.getvalue().startswith("fees.notice_days = 5  Working days")
    call_command("parameter", "fees.notice_days", "7", "--from", "2999-01-01", "--reason", "why", stdout=out)
    made = ParameterValue.objects.get()
    assert (made.value, made.valid_from) == (7, datetime(2998, 12, 31, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    "asked",
    [
        ("nothing.begins.so",),
        ("fees.notice_days", "seven"),
        ("fees.notice_days", "7"),
        ("fees.notice_days", "7", "--from", "soon"),
        ("fees.notice_days", "7", "--from", "2999-01-01T10:00"),
    ],
)
def test_the_command_says_what_is_wrong(asked: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as told:
        call_command("parameter", *asked)
    assert str(told.value).startswith("core.")
