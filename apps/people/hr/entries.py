"""One row of a personnel file: which columns there are, and what each cell may say. Everything that is wrong
with a row is told at once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, Text
from apps.people.identities import school_number

# column -> the headings under which it is found, the first of them in the template
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": ("学工号", "学号", "工号", "number"),
    "name_zh": ("姓名", "name"),
    "name_en": ("英文姓名", "英文名", "name_en"),
    "kind": ("人员类别", "类别", "kind"),
    "unit_code": ("单位代码", "部门代码", "unit"),
    "status": ("状态", "status"),
    "valid_until": ("有效期至", "valid_until"),
    "email": ("邮箱", "电子邮箱", "email"),
}
NEEDED = ("number", "name_zh", "kind", "unit_code", "status", "valid_until")
_KINDS = {
    **dict.fromkeys(
        ("学生", "本科生", "硕士生", "博士生", "研究生", "硕士研究生", "博士研究生", "student"), "student"
    ),
    **dict.fromkeys(("教职工", "教师", "职工", "博士后", "staff"), "staff"),
}
_STATUSES = {
    **dict.fromkeys(("在校", "在读", "在职", "在岗", "active"), "active"),
    **dict.fromkeys(("离校", "毕业", "结业", "退学", "离职", "退休", "left"), "left"),
}
_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_LONGEST = {"name_zh": 60, "name_en": 60, "unit_code": 40, "email": 120}

# What the code of a fault says; the page shows it in its reader's language.
FAULTS: Mapping[str, Text] = {
    "people.hr_number": _("This is no school number."),
    "people.hr_number_twice": _("This school number stands in another row already."),
    "people.hr_name": _("A name is missing."),
    "people.hr_too_long": _("This is too long."),
    "people.hr_kind": _("This kind of person is not known."),
    "people.hr_status": _("This status is not known."),
    "people.hr_date": _("This is no date."),
    "people.hr_email": _("This is no e-mail address."),
}


@dataclass(frozen=True)
class Entry:
    """What a row says of a person."""

    number: str
    name_zh: str
    name_en: str
    kind: str
    unit_code: str
    status: str
    valid_until: date | None
    email: str


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell."""

    column: str
    code: str
    value: str


def columns_of(headings: Sequence[str]) -> dict[str, int]:
    """Where each column stands. Raises Invalid `people.hr_columns` with those that are missing."""
    plain = [heading.strip().lower() for heading in headings]
    found = {
        column: plain.index(name)
        for column, names in HEADINGS.items()
        for name in reversed(names)
        if name in plain
    }
    missing = [HEADINGS[column][0] for column in NEEDED if column not in found]
    if missing:
        raise Invalid(
            _("Columns are missing in the file."), code="people.hr_columns", field="file", columns=missing
        )
    return found


def read_entry(cells: Sequence[str], columns: Mapping[str, int]) -> tuple[Entry | None, list[Fault]]:
    """The entry of a row, or None and all its faults."""
    said = {
        column: cells[columns[column]] if column in columns and columns[column] < len(cells) else ""
        for column in HEADINGS
    }
    faults = [
        Fault(column, code, said[column][:60]) for column, code, holds in _CHECKS if not holds(said[column])
    ]
    faults += [
        Fault(column, "people.hr_too_long", said[column][:60])
        for column, longest in _LONGEST.items()
        if len(said[column]) > longest
    ]
    if faults:
        return None, faults
    entry = Entry(
        number=_number(said["number"]),
        name_zh=said["name_zh"],
        name_en=said["name_en"],
        kind=_KINDS[said["kind"].lower()],
        unit_code=said["unit_code"],
        status=_STATUSES[said["status"].lower()],
        valid_until=_day(said["valid_until"]),
        email=said["email"],
    )
    return entry, []


def _number(text: str) -> str:
    try:
        return school_number(text)
    except Invalid:
        return ""


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_email(text: str) -> bool:
    if not text:
        return True
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _is_number(text: str) -> bool:
    return bool(_number(text))


def _is_kind(text: str) -> bool:
    return text.lower() in _KINDS


def _is_status(text: str) -> bool:
    return text.lower() in _STATUSES


def _is_day(text: str) -> bool:
    return not text or _day(text) is not None


_CHECKS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("number", "people.hr_number", _is_number),
    ("name_zh", "people.hr_name", bool),
    ("kind", "people.hr_kind", _is_kind),
    ("status", "people.hr_status", _is_status),
    ("valid_until", "people.hr_date", _is_day),
    ("email", "people.hr_email", _is_email),
)
