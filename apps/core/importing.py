"""Taking the school's working calendar over from a CSV file: all rows or none, and every fault of every row
told at once. A day that the file does not name stays as it is.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.errors import Invalid
from apps.core.models import CalendarDay

COLUMNS = ("day", "is_working", "name_zh", "name_en")
_MOST_ROWS = 10_000
_FIRST_ROW = 2  # the heading is row 1, as a spreadsheet shows it
_DAY = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")  # spreadsheets rewrite 2026-10-01 as 2026/10/1
_YES_NO = dict.fromkeys(("y", "yes", "true", "1", "是"), True) | dict.fromkeys(
    ("n", "no", "false", "0", "否"), False
)
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Fault:
    """Why a row cannot be taken: its number in the file, the column, a code and words."""

    row: int
    column: str
    code: str
    message: str


@dataclass(frozen=True)
class Entered:
    """What a file did to the calendar, in days."""

    added: int
    changed: int
    unchanged: int


@transaction.atomic
def import_calendar(*, source: bytes, now: datetime) -> Entered:
    """The days of a CSV file (UTF-8 or GBK; columns `day,is_working,name_zh,name_en`) become the school's
    own; a day that is known already takes the file's answer. With a single fault nothing is taken. Deadlines
    that were set before keep their date.

    Raises Invalid `core.calendar_refused` with `details["faults"]`: row, column, code and message of each;
    Invalid `core.csv_encoding`, `core.csv_columns` (`details["columns"]`: the missing ones), `core.csv_rows`
    when the file cannot be read at all.
    """
    drafts: dict[date, CalendarDay] = {}
    faults: list[Fault] = []
    for number, row in enumerate(_rows(source), start=_FIRST_ROW):
        draft, wrong = _read(number, row)
        if draft and draft.day in drafts:
            wrong.append(
                Fault(number, "day", "core.calendar_twice", str(_("This day stands in the file twice.")))
            )
        if draft and not wrong:
            drafts[draft.day] = draft
        faults += wrong
    if faults:
        raise Invalid(
            _("Nothing was imported: some rows have faults."),
            code="core.calendar_refused",
            field="file",
            faults=[asdict(fault) for fault in faults],
        )
    entered = _enter(drafts)
    audit.record(
        action="core.import_calendar",
        object_ref="calendar",
        now=now,
        first=str(min(drafts)),
        last=str(max(drafts)),
        **asdict(entered),
    )
    return entered


def _enter(drafts: Mapping[date, CalendarDay]) -> Entered:
    known = CalendarDay.objects.select_for_update().filter(day__gte=min(drafts), day__lte=max(drafts))
    before = {row.day: row for row in known if row.day in drafts}
    same = sum(_content(row) == _content(drafts[day]) for day, row in before.items())
    CalendarDay.objects.bulk_create(
        drafts.values(),
        batch_size=200,
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["is_working", "name_zh", "name_en"],
    )
    return Entered(added=len(drafts) - len(before), changed=len(before) - same, unchanged=same)


def _content(row: CalendarDay) -> tuple[bool, str, str]:
    return row.is_working, row.name_zh, row.name_en


def _rows(source: bytes) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(_decode(source), newline=""), restval="")
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise Invalid(
            _("Columns are missing in the file."), code="core.csv_columns", field="file", columns=missing
        )
    rows = list(reader)
    if not 0 < len(rows) <= _MOST_ROWS:
        raise Invalid(_("The file has no rows, or too many."), code="core.csv_rows", field="file")
    return rows


def _decode(source: bytes) -> str:
    for encoding in ("utf-8-sig", "gbk"):
        try:
            return source.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(_("The file is neither UTF-8 nor GBK."), code="core.csv_encoding", field="file")


def _read(number: int, row: Mapping[str, str]) -> tuple[CalendarDay | None, list[Fault]]:
    """The row as a day, or what is wrong with it; with a readable day both, so that a repetition is told."""
    faults = [Fault(number, column, code, str(words)) for column, code, words in _wrong(row)]
    day = _day(row["day"])
    if day is None:
        return None, faults
    worked = _YES_NO.get(row["is_working"].strip().lower(), False)
    draft = CalendarDay(
        day=day, is_working=worked, name_zh=row["name_zh"].strip(), name_en=row["name_en"].strip()
    )
    return draft, faults


def _wrong(row: Mapping[str, str]) -> Iterator[tuple[str, str, str | Promise]]:
    if _day(row["day"]) is None:
        yield "day", "core.calendar_day", _("This is not a date like 2026-11-23.")
    if row["is_working"].strip().lower() not in _YES_NO:
        yield "is_working", "core.calendar_working", _("Write y when the school works on this day, else n.")
    for column in ("name_zh", "name_en"):
        if not 0 < len(row[column].strip()) <= _LONGEST_NAME:
            yield column, "core.calendar_name", _("A name of 1 to 60 characters is needed.")


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None
