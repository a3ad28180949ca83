"""Which lab of the organisation tree a facility belongs to: an explicit table, read from files, never guessed
from names.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from apps.instruments.models import Facility
from apps.people.models import OrgUnit
from apps.people.operations import create_unit

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Place:
    """A facility of an import file and where it stands in the tree."""

    facility_zh: str
    facility_en: str
    facility_code: str
    level: str
    department_zh: str
    department_en: str
    department_code: str
    lab_zh: str
    lab_en: str
    lab_code: str


@dataclass(frozen=True)
class SubLab:
    """A sub-lab that an import file may name."""

    zh: str
    en: str
    code: str


@dataclass(frozen=True)
class Layout:
    """The whole mapping. `places` is keyed by (facility, department), `sub_labs` by (lab code, sub-lab)."""

    places: Mapping[tuple[str, str], Place]
    sub_labs: Mapping[tuple[str, str], SubLab]


def read_layout(facilities: Path, sub_labs: Path) -> Layout:
    """The mapping from two UTF-8 CSV files (see data/README.md). Raises KeyError when a column is missing."""
    with facilities.open(encoding="utf-8", newline="") as file:
        places = {(row["facility"], row["department"]): _place(row) for row in csv.DictReader(file)}
    with sub_labs.open(encoding="utf-8", newline="") as file:
        rooms = {
            (row["lab_code"], row["sub_lab"]): SubLab(row["sub_lab"], row["sub_lab_en"], row["sub_lab_code"])
            for row in csv.DictReader(file)
        }
    return Layout(places, rooms)


@cache
def demo_layout() -> Layout:
    """The mapping of the demonstration school."""
    return read_layout(DATA / "facilities.csv", DATA / "sub_labs.csv")


def school(now: datetime) -> OrgUnit:
    """The root of the tree; made as 青屿大学 where there is none yet."""
    return OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first() or create_unit(
        code="QYU",
        kind=OrgUnit.Kind.SCHOOL,
        name_zh="青屿大学",
        name_en="Qingyu University",
        parent=None,
        now=now,
    )


def facility_at(place: Place, now: datetime) -> Facility:
    """The facility of a place, made together with its department and lab where they are missing."""
    facility = Facility.objects.select_related("lab").filter(code=place.facility_code).first()
    if facility is not None:
        return facility
    department = _unit(
        place.department_code, "department", place.department_zh, place.department_en, school(now), now
    )
    lab = _unit(place.lab_code, "lab", place.lab_zh, place.lab_en, department, now)
    return Facility.objects.create(
        code=place.facility_code,
        name_zh=place.facility_zh,
        name_en=place.facility_en,
        level=place.level,
        lab=lab,
    )


def unit_of(facility: Facility, room: SubLab | None, now: datetime) -> OrgUnit:
    """The unit that an instrument belongs to: the facility's lab, or a sub-lab of it."""
    if room is None:
        return facility.lab
    return _unit(room.code, "sub_lab", room.zh, room.en, facility.lab, now)


def _unit(code: str, kind: str, zh: str, en: str, parent: OrgUnit, now: datetime) -> OrgUnit:
    found = OrgUnit.objects.filter(code=code).first()
    return found or create_unit(code=code, kind=kind, name_zh=zh, name_en=en, parent=parent, now=now)


def _place(row: Mapping[str, str]) -> Place:
    return Place(
        facility_zh=row["facility"],
        facility_en=row["facility_en"],
        facility_code=row["facility_code"],
        level=row["level"],
        department_zh=row["department"],
        department_en=row["department_en"],
        department_code=row["department_code"],
        lab_zh=row["lab_zh"],
        lab_en=row["lab_en"],
        lab_code=row["lab_code"],
    )
