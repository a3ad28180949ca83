"""Personnel files as an office would upload them: a heading, rows, as CSV in some encoding or as Excel."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import openpyxl

from apps.people.hr.deciding import confirm_hr_file
from apps.people.hr.uploading import read_hr_file, upload_hr_file
from apps.people.models import HrFile, User

HEADING = ("学工号", "姓名", "人员类别", "单位代码", "状态", "有效期至")
Rows = Iterable[Sequence[object]]


def row(number: str, name: str = "某人", **changes: str) -> tuple[str, ...]:
    """A student at the school, with some cells written differently."""
    cells = {"kind": "学生", "unit": "MSE", "status": "在校", "until": "2028-06-30", **changes}
    return (number, name, cells["kind"], cells["unit"], cells["status"], cells["until"])


def as_csv(rows: Rows, *, heading: Sequence[str] = HEADING, encoding: str = "utf-8") -> bytes:
    """The file's bytes."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([heading, *rows])
    return text.getvalue().encode(encoding)


def as_excel(rows: Rows, *, heading: Sequence[str] = HEADING) -> bytes:
    """The same as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in [heading, *rows]:
        sheet.append(list(line))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: bytes, now: datetime, by: User | None = None, name: str = "hr.csv") -> HrFile:
    """Uploaded and read by the worker."""
    file = upload_hr_file(name=name, content=content, by=by, now=now)
    done = read_hr_file(ulid=file.ulid, now=now)
    assert done is not None
    return done


def confirmed(rows: Rows, by: User, now: datetime) -> HrFile:
    """A file that the office has confirmed."""
    file = read(as_csv(rows), now)
    assert (file.state, file.fault_count) == ("previewed", 0), (file.refused_code, list(file.faults.values()))
    return confirm_hr_file(file=file, digest=file.digest, by=by, now=now)


def cells_of(answer: Any) -> list[tuple[Any, ...]]:
    """The lines of a workbook that was downloaded."""
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)), read_only=True)
    return [tuple(line) for line in book.worksheets[0].iter_rows(values_only=True)]
