"""Files of the asset register as an office would send them: a heading, rows, as CSV in some encoding or as
Excel; sent, checked and read as they are in production.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

import openpyxl

from apps.files.checking import check_next
from apps.files.operations import append
from apps.library.models import AssetFile
from apps.library.register.deciding import apply_file, confirm_file
from apps.library.register.reading import announce_file, read_file
from apps.people.models import User

HEADING = (
    "仪器编号",
    "仪器名称",
    "英文名称",
    "分类号",
    "型号",
    "厂家",
    "单价",
    "单位编号",
    "单位名称",
    "现状",
    "使用方向",
    "购置日期",
    "海关监管",
)
Rows = Iterable[Sequence[object]]


def row(number: str, name: str = "扫描电镜", **changes: str) -> tuple[str, ...]:
    """An asset in use, with some cells written differently."""
    said = {
        "en": "SEM",
        "class_code": "03040404",
        "model": "JSM-7800F",
        "maker": "JEOL",
        "price": "3357000.00",
        "unit": "MSE",
        "unit_name": "材料学院",
        "status": "在用",
        "purpose": "科研",
        "acquired": "2023-04-18",
        "customs": "否",
        **changes,
    }
    return (number, name, *said.values())


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


def sent(content: bytes, by: User, now: datetime, name: str = "register.csv") -> AssetFile:
    """Sent and checked, not yet read."""
    file = announce_file(name=name, size=len(content), by=by, now=now)
    append(file=file.stored, offset=0, read=io.BytesIO(content).read, by=by, now=now)
    while check_next(now=now) is not None:
        pass
    return file


def read(content: bytes, by: User, now: datetime, name: str = "register.csv") -> AssetFile:
    """Sent, and read by the worker."""
    done = read_file(ulid=sent(content, by, now, name).ulid, now=now)
    assert done is not None
    return done


def applied(rows: Rows, by: User, now: datetime, *, gone: int | None = None) -> AssetFile:
    """A file that the office has confirmed, taken over."""
    file = read(as_csv(rows), by, now)
    assert (file.state, file.fault_count) == ("previewed", 0), (file.refused_code, list(file.faults.values()))
    confirm_file(file=file, by=by, now=now, gone=gone)
    done = apply_file(ulid=file.ulid, now=now)
    assert done is not None
    return done
