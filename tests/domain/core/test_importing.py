"""The school's calendar from a file: all rows or none, every fault told."""

import io
import json
from datetime import date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.core.errors import Invalid
from apps.core.importing import Entered, import_calendar
from apps.core.models import AuditEntry, CalendarDay
from apps.core.workdays import is_working_day

pytestmark = pytest.mark.django_db

HEADING = "day,is_working,name_zh,name_en\n"
GOOD = HEADING + (
    "2027-01-02,n,元旦调休,New Year's Day\n"
    "2027-01-09,y,补班,Worked for New Year\n"
    "2027/4/23,否,校运会,Sports day\n"
)


def refused(text: str | bytes, now: datetime) -> Invalid:
    with pytest.raises(Invalid) as caught:
        import_calendar(source=text.encode() if isinstance(text, str) else text, now=now)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_file_is_taken_in_either_encoding_and_changes_which_days_are_worked(
    encoding: str, now: datetime
) -> None:
    assert is_working_day(date(2027, 4, 23))
    assert import_calendar(source=GOOD.encode(encoding), now=now) == Entered(added=3, changed=0, unchanged=0)
    assert not is_working_day(date(2027, 4, 23))
    assert is_working_day(date(2027, 1, 9))
    assert CalendarDay.objects.get(day=date(2027, 4, 23)).name_zh == "校运会"
    entry = AuditEntry.objects.get(action="core.import_calendar")
    assert entry.details == {
        "first": "2027-01-02",
        "last": "2027-04-23",
        "added": 3,
        "changed": 0,
        "unchanged": 0,
    }


def test_a_second_file_corrects_the_first_and_leaves_other_days_alone(now: datetime) -> None:
    import_calendar(source=GOOD.encode(), now=now)
    again = HEADING + "2027-01-09,n,不补班,Not worked\n2027-01-02,n,元旦调休,New Year's Day\n"
    assert import_calendar(source=again.encode(), now=now) == Entered(added=0, changed=1, unchanged=1)
    assert not is_working_day(date(2027, 1, 9))
    assert CalendarDay.objects.count() == 3


def test_with_faults_nothing_is_taken_and_every_one_is_told(now: datetime) -> None:
    wrong = GOOD + (
        "2027-02-30,y,春节,Spring Festival\n"
        "2027-01-02,n,元旦,New Year\n"
        "2027-05-01,perhaps,,Labour Day\n"
        "01.05.2027,y,劳动节\n" + f"2027-05-02,n,劳动节,{'x' * 61}\n"
    )
    answer = refused(wrong, now)
    assert (answer.code, answer.field) == ("core.calendar_refused", "file")
    assert [(fault["row"], fault["column"], fault["code"]) for fault in answer.details["faults"]] == [
        (5, "day", "core.calendar_day"),
        (6, "day", "core.calendar_twice"),
        (7, "is_working", "core.calendar_working"),
        (7, "name_zh", "core.calendar_name"),
        (8, "day", "core.calendar_day"),
        (8, "name_en", "core.calendar_name"),
        (9, "name_en", "core.calendar_name"),
    ]
    assert not CalendarDay.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_file_that_cannot_be_read_at_all_is_told_why(now: datetime) -> None:
    assert refused(HEADING, now).code == "core.csv_rows"
    assert refused(b"\xff\xff\xff", now).code == "core.csv_encoding"
    answer = refused("day,worked,name_zh\n2027-01-02,n,x\n", now)
    assert (answer.code, answer.details["columns"]) == ("core.csv_columns", ["is_working", "name_en"])


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    file = tmp_path / "calendar.csv"
    file.write_text(GOOD, encoding="utf-8")
    out = io.StringIO()
    call_command("import_calendar", str(file), stdout=out)
    assert out.getvalue() == "3 days added, 0 changed, 0 as before.\n"
    out = io.StringIO()
    call_command("import_calendar", str(file), "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"added": 0, "changed": 0, "unchanged": 3}


def test_the_command_names_every_faulty_row_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "calendar.csv"
    file.write_text(HEADING + "2027-13-01,y,一,One\n2027-01-01,,二,Two\n", encoding="utf-8")
    err = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("import_calendar", str(file), stderr=err)
    assert stopped.value.code == 1
    told = err.getvalue().splitlines()
    assert len(told) == 3
    assert "row 2, day: " in told[1]
    assert "row 3, is_working: " in told[2]
    err = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("import_calendar", str(file), "--json", stderr=err)
    assert [fault["row"] for fault in json.loads(err.getvalue())["details"]["faults"]] == [2, 3]
    with pytest.raises(CommandError, match=r"missing\.csv"):
        call_command("import_calendar", str(tmp_path / "missing.csv"))
