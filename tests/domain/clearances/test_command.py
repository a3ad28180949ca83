"""`manage.py check_access` says whether somebody may use an instrument, and why not."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.decisions.models import DecisionRecord
from tests.domain.clearances.world import World
from tests.people import FE_SEM_A


def run(
    *flags: str, user: str = "alice", instrument: str = FE_SEM_A, at: str = "2026-11-23T10:00+08:00"
) -> str:
    out = io.StringIO()
    call_command("check_access", "--user", user, "--instrument", instrument, "--at", at, *flags, stdout=out)
    return out.getvalue()


def answer(*flags: str, **asked: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("--json", *flags, **asked))
    return found


def test_it_prints_until_when_and_the_recorded_decision(world: World) -> None:
    found = answer()
    assert found.keys() == {"allowed", "until", "codes", "reasons", "decision"}
    assert (found["allowed"], found["codes"], found["reasons"]) == (True, [], [])
    assert found["until"] == world.booking.end.isoformat()
    assert DecisionRecord.objects.get(ulid=found["decision"]).asked_by == "command:check_access"


def test_it_prints_every_failing_condition(world: World) -> None:
    found = answer(user="bob")
    assert (found["allowed"], found["until"]) == (False, None)
    assert found["codes"] == ["training.none", "booking.other"]
    assert [reason["mender"] for reason in found["reasons"]] == ["trainer", "self"]
    assert answer("--purpose", "maintenance")["codes"] == ["maintenance.order", "maintenance.person"]


def test_it_asks_about_another_moment(world: World) -> None:
    assert answer(at="2026-11-23T09:49+08:00")["codes"] == ["booking.early"]
    assert answer(at="2020-01-01T00:00+08:00")["codes"] == ["decisions.no_ruleset"]


def test_it_speaks_in_lines_without_the_flag(world: World) -> None:
    assert run() == "allowed until 2026-11-23 12:00 (booking)\n"
    assert run(user="bob").splitlines()[:2] == [
        "denied",
        "  training.none: You have no certificate for this instrument",
    ]


@pytest.mark.parametrize(
    ("wrong", "flags", "code"),
    [
        ({"user": "nobody"}, (), "people.unknown"),
        ({"instrument": "QY999999"}, (), "instruments.unknown"),
        ({"at": "yesterday"}, (), "access.moment"),
        ({"at": "2026-11-23T10:00"}, (), "access.moment"),
        ({}, ("--purpose", "fun"), "access.purpose"),
    ],
)
def test_it_names_what_it_does_not_know(
    wrong: dict[str, str], flags: tuple[str, ...], code: str, world: World
) -> None:
    before = DecisionRecord.objects.count()
    with pytest.raises(CommandError, match=code) as error:
        run(*flags, **wrong)
    assert error.value.returncode == 2
    assert DecisionRecord.objects.count() == before
