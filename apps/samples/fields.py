"""What a service asks about each sample: the fields of a template, and answers read against them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Invalid
from apps.instruments.models import local_name

TEXT, NUMBER, CHOICE, FLAG = "text", "number", "choice", "flag"
KINDS = (TEXT, NUMBER, CHOICE, FLAG)
MOST_FIELDS = 20
_LONGEST = 200
_TRUE = frozenset({"true", "1", "yes", "y", "是", "on"})
_FALSE = frozenset({"false", "0", "no", "n", "否", ""})
_KEYS = frozenset({"key", "kind", "label_zh", "label_en", "required", "unit", "least", "most", "choices"})


@dataclass(frozen=True)
class Choice:
    """One of the answers of a choice."""

    value: str
    zh: str
    en: str

    @property
    def name(self) -> str:
        return local_name(self.zh, self.en)


@dataclass(frozen=True)
class Field:
    """One question about a sample. `least` and `most` bound a number, `unit` says what it counts."""

    key: str
    kind: str
    label_zh: str
    label_en: str
    required: bool = False
    unit: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    choices: tuple[Choice, ...] = ()

    @property
    def label(self) -> str:
        return local_name(self.label_zh, self.label_en)


@dataclass(frozen=True)
class Fault:
    """Why an answer cannot be taken: its field, a code and words."""

    field: str
    code: str
    message: str


def fields_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    """The fields as a template stores them. Raises Invalid `samples.fields` for what is none."""
    fields = tuple(_field(number, raw) for number, raw in enumerate(stored, start=1))
    keys = [field.key for field in fields]
    if len(fields) > MOST_FIELDS or len(set(keys)) != len(keys):
        raise _unsound(len(fields))
    return fields


def read_values(
    fields: Sequence[Field], given: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    """The answers as they are stored (text, decimal text, value of a choice, bool), and what is wrong with
    them. Answers that nobody asked for are left out.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field in fields:
        raw = given.get(field.key)
        text = "" if raw is None else str(raw).strip()
        if not text and field.kind != FLAG:
            if field.required:
                faults.append(Fault(field.key, "samples.field_required", _("This is needed.")))
            continue
        answer, fault = _READERS[field.kind](field, text)
        if fault is not None:
            faults.append(fault)
        else:
            values[field.key] = answer
    return values, tuple(faults)


def _read_text(field: Field, text: str) -> tuple[Any, Fault | None]:
    if len(text) > _LONGEST:
        return None, Fault(field.key, "samples.field_long", _("This is too long."))
    return text, None


def _read_number(field: Field, text: str) -> tuple[Any, Fault | None]:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        return None, Fault(field.key, "samples.field_number", _("This is not a number."))
    low = field.least is not None and number < field.least
    high = field.most is not None and number > field.most
    if low or high:
        bounds = {"least": field.least if field.least is not None else "-∞", "most": field.most or "∞"}
        words = _("This must be between %(least)s and %(most)s.") % bounds
        return None, Fault(field.key, "samples.field_bounds", words)
    return str(number), None


def _read_choice(field: Field, text: str) -> tuple[Any, Fault | None]:
    for choice in field.choices:
        if text.casefold() in (choice.value.casefold(), choice.zh.casefold(), choice.en.casefold()):
            return choice.value, None
    known = ", ".join(choice.name for choice in field.choices)
    words = _("This is none of the answers: %(known)s.") % {"known": known}
    return None, Fault(field.key, "samples.field_choice", words)


def _read_flag(field: Field, text: str) -> tuple[Any, Fault | None]:
    folded = text.casefold()
    if folded in _TRUE:
        return True, None
    if folded in _FALSE:
        return False, None
    return None, Fault(field.key, "samples.field_flag", _("Answer yes or no."))


_READERS = {TEXT: _read_text, NUMBER: _read_number, CHOICE: _read_choice, FLAG: _read_flag}


def _field(number: int, raw: Mapping[str, Any]) -> Field:
    if not isinstance(raw, Mapping) or not raw.keys() <= _KEYS:
        raise _unsound(number)
    try:
        field = Field(
            key=str(raw["key"]),
            kind=str(raw["kind"]),
            label_zh=str(raw["label_zh"]),
            label_en=str(raw["label_en"]),
            required=bool(raw.get("required", False)),
            unit=str(raw.get("unit", "")),
            least=_bound(raw.get("least")),
            most=_bound(raw.get("most")),
            choices=tuple(Choice(**choice) for choice in raw.get("choices", ())),
        )
    except (KeyError, TypeError, InvalidOperation) as problem:
        raise _unsound(number) from problem
    named = field.key.isidentifier() and field.key.isascii() and field.label_zh and field.label_en
    if not named or field.kind not in KINDS or (field.kind == CHOICE) != bool(field.choices):
        raise _unsound(number)
    return field


def _bound(raw: Any) -> Decimal | None:
    return None if raw in (None, "") else Decimal(str(raw))


def _unsound(number: int) -> Invalid:
    return Invalid(
        gettext_lazy("This description of a field cannot be read."),
        code="samples.fields",
        field="fields",
        number=number,
    )
