"""A list of samples from a workbook: its rows become the rows of the form, as if somebody had typed them,
so that every fault shows at its place and nothing is kept before the person saves. It writes nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.core.errors import Invalid
from apps.core.spreadsheets import read_book
from apps.samples.fields import CHOICE, FLAG, Field, fields_of
from apps.samples.forms import ANSWER
from apps.samples.models import Hazard, ServiceTemplate

MOST_ROWS, MOST_COLUMNS = 500, 40
_LANGUAGES = ("zh-hans", "en")
_SEPARATOR = re.compile("[,;\uff0c\uff1b\u3001/]+")  # also as Chinese keyboards write them
_NO = frozenset({"", "false", "0", "no", "n", "否", "无", "-"})
_PLAIN: Mapping[str, tuple[str, str]] = {
    "name": ("样品名称", "Name of the sample"),
    "size_mm": ("最大尺寸 (mm)", "Largest size (mm)"),
    "magnetic": ("有磁性", "Magnetic"),
    "volatile": ("易挥发", "Volatile"),
    "hazards": ("危险性", "Hazards"),
}


def headings(service: ServiceTemplate, language: str) -> list[str]:
    """The heads of the columns in a language, in the order of the form."""
    place = 0 if language.startswith("zh") else 1
    own = [(field.label_zh, field.label_en) for field in fields_of(service.fields)]
    return [pair[place] for pair in (*_PLAIN.values(), *own)]


def rows_from(service: ServiceTemplate, content: bytes) -> list[dict[str, Any]]:
    """The rows of the first sheet by the names of the form's fields; empty lines are left out.

    What cannot be understood stays as it was written, for the form to refuse at its place. Raises Invalid
    `samples.columns` (details: unknown, those that nobody asked for; missing), `samples.too_many`,
    `samples.no_rows`, `core.file_size`, `core.file_unreadable`.
    """
    book = read_book(content, most_rows=MOST_ROWS, most_columns=MOST_COLUMNS, most_sheets=1)
    lines = next(iter(book.values())).lines if book else []
    if not lines:
        raise _empty()
    asks = fields_of(service.fields)
    columns = _columns(lines[0], asks)
    rows = [_row(line, columns, asks) for line in lines[1:] if any(line)]
    if not rows:
        raise _empty()
    if len(rows) > service.max_samples:
        raise Invalid(
            _("At most %(most)d samples at once; these are %(count)d.")
            % {"most": service.max_samples, "count": len(rows)},
            code="samples.too_many",
            field="file",
        )
    return rows


def as_typed(rows: Sequence[Mapping[str, Any]], prefix: str) -> dict[str, Any]:
    """The rows as a browser would send them, for a formset of that prefix."""
    typed: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        for name, value in row.items():
            if value not in ("", False, []):
                typed[f"{prefix}-{number}-{name}"] = value
    return typed


def _columns(heads: Sequence[str], asks: Sequence[Field]) -> dict[int, str]:
    known = {words.casefold(): name for name, pair in _PLAIN.items() for words in (name, *pair)}
    for field in asks:
        known |= {
            words.casefold(): f"{ANSWER}{field.key}" for words in (field.label_zh, field.label_en, field.key)
        }
    found = {place: known.get(head.strip().casefold(), "") for place, head in enumerate(heads)}
    unknown = [heads[place] for place, name in found.items() if not name and heads[place].strip()]
    twice = len([name for name in found.values() if name]) != len({name for name in found.values() if name})
    if unknown or twice or "name" not in found.values():
        expected = ", ".join([*(pair[0] for pair in _PLAIN.values()), *(field.label_zh for field in asks)])
        raise Invalid(
            _("The first line has to name the columns, each once: %(expected)s.") % {"expected": expected},
            code="samples.columns",
            field="file",
            unknown=unknown,
        )
    return {place: name for place, name in found.items() if name}


def _row(line: Sequence[str], columns: Mapping[int, str], asks: Sequence[Field]) -> dict[str, Any]:
    by_name = {f"{ANSWER}{field.key}": field for field in asks}
    cells = {name: line[place] if place < len(line) else "" for place, name in columns.items()}
    return {name: _cell(name, text.strip(), by_name.get(name)) for name, text in cells.items()}


def _cell(name: str, text: str, field: Field | None) -> Any:
    if name == "hazards":
        return [_hazard(word.strip()) for word in _SEPARATOR.split(text) if word.strip()]
    if name in ("magnetic", "volatile") or (field is not None and field.kind == FLAG):
        # A word that is neither yes nor no counts as yes: a sample is rather asked about than mistaken.
        return text.casefold() not in _NO
    if field is not None and field.kind == CHOICE:
        return next(
            (one.value for one in field.choices if text.casefold() in _words(one.value, one.zh, one.en)), text
        )
    return text


def _hazard(word: str) -> str:
    return next((value for value, words in _hazards() if word.casefold() in words), word)


def _hazards() -> Iterator[tuple[str, frozenset[str]]]:
    for hazard in Hazard:
        labels = []
        for language in _LANGUAGES:
            with override(language):
                labels.append(str(hazard.label))
        yield str(hazard.value), _words(str(hazard.value), *labels)


def _words(*words: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)


def _empty() -> Invalid:
    return Invalid(_("There is no sample in this file."), code="samples.no_rows", field="file")
