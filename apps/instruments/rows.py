"""One row of an import file: every column checked, every fault named. Pure: reads no database."""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.money import fen_from_yuan
from apps.instruments.layout import DATA, Layout, Place, SubLab
from apps.instruments.models import Instrument

COLUMNS = (
    *("asset_no", "name_zh", "name_en", "nrii_class6", "nrii_class_name", "model_typical", "maker", "origin"),
    *("price_yuan", "commissioned", "facility", "facility_level", "department", "sub_lab", "management_mode"),
    *("hosting", "service_modes", "min_certificate", "night_self_use", "access_node", "customs_supervised"),
    *("customs_until_synthetic", "quota_hours", "grade"),
)
_MODES = {"统管": "pooled", "专管": "dedicated"}
_YES_NO = {"y": True, "n": False}
_HOSTING = ("own", "hosted", "candidate")
_GRADES = ("flagship", "research", "routine")
_ASSET_NO = re.compile(r"[A-Z0-9][A-Z0-9-]{3,19}")
_SERVICE_MODES = re.compile(r"[SAT](?: [SAT])*")
_LENGTHS = {"name_zh": 80, "name_en": 120, "model_typical": 80, "maker": 80, "origin": 40}


@dataclass(frozen=True)
class Fault:
    """Why a row cannot be taken: the row's number in the file (the heading is row 1), the column, a code and
    words.
    """

    row: int
    column: str
    code: str
    message: str


@dataclass(frozen=True)
class Draft:
    """A row that can be taken."""

    row: int
    place: Place
    room: SubLab | None
    fields: Mapping[str, Any]


class _Refused(ValueError):
    def __init__(self, code: str, message: str | Promise) -> None:
        super().__init__(code)
        self.code, self.message = code, message


def opening_level(*, access_node: str, service_modes: str, hosting: str) -> int:
    """How far an imported instrument is open: 1 listed, 2 samples, 3 booking with QR, 4 workstation agent, 5
    interlock.

    The access node sets it. Three things hold it back: a machine that is only offered for hosting is listed;
    one that runs under its own scheduler or has a sensor only cannot be switched for a user; one without
    self-operated or assisted use takes samples.
    """
    if hosting == "candidate" or access_node in ("none", "scheduler"):
        return 1
    modes = service_modes.split()
    if "S" not in modes and "A" not in modes:
        return 2
    if access_node == "sensor":
        return 2 if "T" in modes else 1
    return {"qr": 3, "agent": 4, "interlock": 5}[access_node]


def revocation_class(*, access_node: str, grade: str) -> str:
    """What a revocation may do to a running use until the crew says otherwise: never cut what only a sensor
    watches (a load is on it), let a flagship finish safely, cut everything else at once.
    """
    if access_node == "sensor":
        return Instrument.RevocationClass.NEVER_CUT
    if grade == "flagship":
        return Instrument.RevocationClass.FINISH_SAFELY
    return Instrument.RevocationClass.CUT


def read_row(number: int, row: Mapping[str, str], layout: Layout, today: date) -> Draft | list[Fault]:
    """The draft of a row, or all its faults."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for column, check in _CHECKS.items():
        text = (row.get(column) or "").strip()
        try:
            values[column] = check(text)
        except _Refused as refused:
            faults.append(Fault(number, column, refused.code, str(refused.message)))
    for column, refused_ in _across(row, values, today):
        faults.append(Fault(number, column, refused_.code, str(refused_.message)))
    place = layout.places.get((_text(row, "facility"), _text(row, "department")))
    room, at_place = _room(row, place, layout)
    faults += [Fault(number, column, r.code, str(r.message)) for column, r in at_place]
    if faults or place is None:
        return faults
    return Draft(number, place, room, _fields(values))


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    node, modes, grade = values["access_node"], values["service_modes"], values["grade"]
    return {
        "asset_no": values["asset_no"],
        "name_zh": values["name_zh"],
        "name_en": values["name_en"],
        "class6": values["nrii_class6"],
        "class_name": values["nrii_class_name"],
        "grade": grade,
        "model": values["model_typical"],
        "maker": values["maker"],
        "origin": values["origin"],
        "price_fen": values["price_yuan"],
        "commissioned": values["commissioned"],
        "management_mode": values["management_mode"],
        "hosting": values["hosting"],
        "service_modes": modes,
        "required_level": values["min_certificate"],
        "night_self_use": values["night_self_use"],
        "access_node": node,
        "customs_supervised": values["customs_supervised"],
        "customs_until": values["customs_until_synthetic"],
        "quota_hours": values["quota_hours"],
        "opening_level": opening_level(access_node=node, service_modes=modes, hosting=values["hosting"]),
        "revocation_class": revocation_class(access_node=node, grade=grade),
    }


def _text(row: Mapping[str, str], column: str) -> str:
    return (row.get(column) or "").strip()


def _room(
    row: Mapping[str, str], place: Place | None, layout: Layout
) -> tuple[SubLab | None, list[tuple[str, _Refused]]]:
    """The sub-lab of a row, and what is wrong with where the row says it stands."""
    if place is None:
        unmapped = _("No lab of the organisation tree is mapped to this facility and department.")
        return None, [("facility", _Refused("instruments.facility_unmapped", unmapped))]
    wrong = []
    if _text(row, "facility_level") != place.level:
        wrong.append(
            ("facility_level", _Refused("instruments.facility_level", _("The mapping names another level.")))
        )
    name = _text(row, "sub_lab")
    room = layout.sub_labs.get((place.lab_code, name)) if name else None
    if name and room is None:
        unknown = _("No sub-lab of this name is mapped to the facility's lab.")
        wrong.append(("sub_lab", _Refused("instruments.sub_lab_unmapped", unknown)))
    return room, wrong


def _across(row: Mapping[str, str], values: Mapping[str, Any], today: date) -> list[tuple[str, _Refused]]:
    """What is wrong between columns."""
    wrong = []
    class6 = values.get("nrii_class6")
    if class6 is not None and classes()[class6] != _text(row, "nrii_class_name"):
        wrong.append(
            ("nrii_class_name", _Refused("instruments.class_name", _("This is not the name of the class.")))
        )
    commissioned = values.get("commissioned")
    if commissioned is not None and commissioned > today:
        future = _("The instrument would be commissioned in the future.")
        wrong.append(("commissioned", _Refused("instruments.commissioned_future", future)))
    supervised, until = values.get("customs_supervised"), values.get("customs_until_synthetic")
    if supervised is not None and supervised != (until is not None) and "customs_until_synthetic" in values:
        dated = _("A supervised instrument, and only such a one, names the end of its supervision.")
        wrong.append(("customs_until_synthetic", _Refused("instruments.customs_until", dated)))
    return wrong


@cache
def classes() -> Mapping[str, str]:
    """The known classes: six digits to name."""
    with (DATA / "instrument_classes.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["class6"]: row["middle_class"] for row in csv.DictReader(file)}


def _words(column: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not text:
            raise _Refused("instruments.value_missing", _("This value is missing."))
        if len(text) > _LENGTHS.get(column, 60):
            raise _Refused("instruments.value_too_long", _("This text is too long."))
        return text

    return check


def _matching(pattern: re.Pattern[str], code: str, message: Promise) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise _Refused(code, message)
        return text

    return check


def _one_of(known: Mapping[str, Any]) -> Callable[[str], Any]:
    def check(text: str) -> Any:
        if text not in known:
            allowed = gettext("Allowed here: %(values)s.") % {"values": ", ".join(known)}
            raise _Refused("instruments.value_unknown", allowed)
        return known[text]

    return check


def _class6(text: str) -> str:
    if text not in classes():
        raise _Refused("instruments.class_unknown", _("This class is not in the list of classes."))
    return text


def _price(text: str) -> int:
    try:
        fen = fen_from_yuan(text)
    except ValueError:
        fen = -1
    if fen < 0:
        raise _Refused("instruments.price", _("This is not an amount of money in yuan."))
    return fen


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Refused("instruments.date", _("This is not a date like 2026-11-23.")) from None


def _optional_date(text: str) -> date | None:
    return _date(text) if text else None


def _hours(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 8784:
        raise _Refused("instruments.hours", _("This is not a number of hours in a year."))
    return int(text)


_CHECKS: Mapping[str, Callable[[str], Any]] = {
    "asset_no": _matching(_ASSET_NO, "instruments.asset_no", _("This is not an asset number.")),
    **{column: _words(column) for column in ("name_zh", "name_en", "model_typical", "maker", "origin")},
    "nrii_class6": _class6,
    "nrii_class_name": _words("nrii_class_name"),
    "price_yuan": _price,
    "commissioned": _date,
    "management_mode": _one_of(_MODES),
    "hosting": _one_of({name: name for name in _HOSTING}),
    "service_modes": _matching(
        _SERVICE_MODES, "instruments.service_modes", _("Service modes are S, A and T, with spaces between.")
    ),
    "min_certificate": _one_of({name: name for name in Instrument.CertificateLevel.values}),
    "night_self_use": _one_of(_YES_NO),
    "access_node": _one_of({name: name for name in Instrument.AccessNode.values}),
    "customs_supervised": _one_of(_YES_NO),
    "customs_until_synthetic": _optional_date,
    "quota_hours": _hours,
    "grade": _one_of({name: name for name in _GRADES}),
}
