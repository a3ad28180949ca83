"""One row of a file of questions: every cell read, every fault named. Pure: reads no database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from apps.core.clock import SCHOOL_ZONE
from apps.training.models import Question
from apps.training.wordings import LETTERS, Option, Wording, faults_of

OPTION_COLUMNS = tuple(f"option_{letter.lower()}_{tongue}" for letter in LETTERS for tongue in ("zh", "en"))
COLUMNS = (
    *("code", "topic", "kind", "points", "question_zh", "question_en"),
    *OPTION_COLUMNS,
    *("answer", "explanation_zh", "explanation_en", "active_from", "active_until"),
)
# Without these a file is not one of questions; the others may be left out.
NEEDED = ("code", "topic", "kind", "question_zh", "option_a_zh", "option_b_zh", "answer")
_COLUMN_OF = {
    "text_zh": "question_zh",
    "text_en": "question_en",
    "options": "option_a_zh",
    "correct": "answer",
}
_KINDS = {
    "single": Question.Kind.SINGLE,
    "单选": Question.Kind.SINGLE,
    "multiple": Question.Kind.MULTIPLE,
    "多选": Question.Kind.MULTIPLE,
    "true_false": Question.Kind.TRUE_FALSE,
    "判断": Question.Kind.TRUE_FALSE,
}
_TRUTHS = {
    **dict.fromkeys(("a", "t", "true", "y", "yes", "1", "对", "正确", "是", "√"), "A"),
    **dict.fromkeys(("b", "f", "false", "n", "no", "0", "错", "错误", "否", "×"), "B"),  # noqa: RUF001
}
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00(?::00)?)?", re.ASCII)
_SEPARATORS = re.compile(r"[\s,;/、，；]+")  # noqa: RUF001 - the Chinese ones are meant


@dataclass(frozen=True)
class Fault:
    """Why a row cannot be taken: its number in the file (the heading is row 1), the column, a code and
    words.
    """

    row: int
    column: str
    code: str
    message: str


class _Bad(ValueError):
    def __init__(self, code: str, message: object) -> None:
        super().__init__(code)
        self.code, self.message = code, str(message)


def read_row(number: int, row: Mapping[str, str]) -> Wording | list[Fault]:
    """The wording of a row, or all its faults."""
    faults: list[Fault] = []
    if row.get(""):
        words = _("There are more cells than headings.")
        faults.append(Fault(number, "", "training.row_too_long", str(words)))
    kind = _KINDS.get(row.get("kind", "").lower(), row.get("kind", ""))
    periods: dict[str, datetime | None] = {}
    for column, after in (("active_from", 0), ("active_until", 1)):
        try:
            periods[column] = _day(row.get(column, ""), after)
        except _Bad as bad:
            faults.append(Fault(number, column, bad.code, bad.message))
    wording = Wording(
        code=row.get("code", ""),
        topic=row.get("topic", ""),
        kind=kind,
        points=_points(row.get("points", "")),
        text_zh=row.get("question_zh", ""),
        text_en=row.get("question_en", ""),
        options=() if kind == Question.Kind.TRUE_FALSE else _options(row),
        correct=_correct(row.get("answer", ""), kind),
        explanation_zh=row.get("explanation_zh", ""),
        explanation_en=row.get("explanation_en", ""),
        active_from=periods.get("active_from"),
        active_until=periods.get("active_until"),
    )
    faults += [
        Fault(number, _COLUMN_OF.get(one.member, one.member), one.code, str(one.message))
        for one in faults_of(wording)
    ]
    return faults or wording


def _options(row: Mapping[str, str]) -> tuple[Option, ...]:
    """The options that are filled in; a gap is kept, so that it is told as a fault."""
    found = [
        Option(letter, row.get(f"option_{letter.lower()}_zh", ""), row.get(f"option_{letter.lower()}_en", ""))
        for letter in LETTERS
    ]
    while found and not (found[-1].zh or found[-1].en):
        found.pop()
    return tuple(found)


def _points(text: str) -> int:
    """1 where nothing is written; 0, which is a fault, for what is no number."""
    if not text:
        return 1
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0


def _correct(text: str, kind: str) -> tuple[str, ...]:
    if kind == Question.Kind.TRUE_FALSE:
        return (_TRUTHS.get(text.lower(), text),)
    return tuple(_SEPARATORS.sub("", text).upper())


def _day(text: str, after: int) -> datetime | None:
    """A day's first instant at the school, or (`after` = 1) the first one after it."""
    if not text:
        return None
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = (int(part) for part in found.groups())
        return datetime(year, month, day, tzinfo=SCHOOL_ZONE) + timedelta(days=after)
    except (ValueError, OverflowError):
        raise _Bad("training.question_day", _("This is not a date like 2026-11-23.")) from None
