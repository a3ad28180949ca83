"""`manage.py decide` answers about facts from a file and names everything that is wrong with them."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.decisions.models import DecisionRecord
from apps.decisions.operations import install_defaults
from rules.points.access_unlock import situation

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def run(file: Path, *flags: str, point: str = "access.unlock") -> dict[str, Any]:
    out = io.StringIO()
    call_command("decide", point, "--facts", str(file), "--json", *flags, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def refused(file: Path, *flags: str, point: str = "access.unlock") -> str:
    with pytest.raises(CommandError) as error:
        run(file, *flags, point=point)
    assert error.value.returncode == 2
    return str(error.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "facts.json"


def test_it_prints_outcome_codes_reasons_and_the_version_that_decided(file: Path) -> None:
    install_defaults(now=LONG_AGO)
    file.write_text(json.dumps(situation("booking", fee_in_force=False)), encoding="utf-8")
    answer = run(file)
    assert (answer["outcome"], answer["allowed"], answer["codes"]) == ("deny", False, ["fee.none"])
    assert (answer["version"], answer["engine"], len(answer["digest"])) == (1, "durable", 64)
    assert answer["reasons"][0]["zh"] == "这台仪器没有生效的收费标准"
    assert "decision" not in answer
    assert DecisionRecord.objects.count() == 0


def test_it_records_only_when_asked(file: Path) -> None:
    install_defaults(now=LONG_AGO)
    file.write_text(json.dumps(situation("walk_in")), encoding="utf-8")
    answer = run(file, "--record")
    assert DecisionRecord.objects.get().ulid == answer["decision"]


def test_it_asks_the_table_of_the_named_moment(file: Path) -> None:
    install_defaults(now=LONG_AGO)
    file.write_text(json.dumps(situation("booking")), encoding="utf-8")
    assert run(file, "--at", "2020-01-01T08:00:00+08:00")["allowed"]
    assert run(file, "--at", "2020-01-01T07:59:59+08:00")["codes"] == ["decisions.no_ruleset"]
    assert "decisions.moment" in refused(file, "--at", "2020-01-01T08:00:00")
    assert "decisions.moment" in refused(file, "--at", "yesterday")


def test_it_names_every_bad_member_at_once(file: Path) -> None:
    wrong = situation("booking", opening_level=4.5, night="no", user_state="dead", arrears_days=None, extra=1)
    del wrong["fund_state"]
    file.write_text(json.dumps(wrong), encoding="utf-8")
    words = refused(file)
    for expected in (
        "opening_level: rules.fact_inexact",
        "night: rules.fact_inexact",
        "user_state: rules.fact_unknown_value",
        "arrears_days: rules.fact_null",
        "'extra': rules.fact_unknown",
        "fund_state: rules.fact_missing",
    ):
        assert expected in words


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff\xfe\xfd", b"[" * 100_000, b" " * 2_000_000],
)
def test_it_refuses_what_is_no_json_object(text: bytes, file: Path) -> None:
    file.write_bytes(text)
    assert "decisions.facts_unreadable" in refused(file)


def test_it_refuses_an_unknown_point_and_a_missing_file(file: Path) -> None:
    assert "decisions.facts_unreadable" in refused(file)
    file.write_text("{}", encoding="utf-8")
    assert "rules.point_unknown" in refused(file, point="no.such")


def test_it_speaks_in_lines_without_the_flag(file: Path) -> None:
    install_defaults(now=LONG_AGO)
    file.write_text(json.dumps(situation("booking", fee_in_force=False)), encoding="utf-8")
    out = io.StringIO()
    call_command("decide", "access.unlock", "--facts", str(file), stdout=out)
    assert out.getvalue().splitlines()[0] == "deny (version 1, durable)"
    assert "fee.none: No fee standard is in force" in out.getvalue()
