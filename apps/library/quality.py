"""How complete the record of an instrument is: a dated table of checks with weights that are 100 together,
the score that follows, and for each check who mends it and where. Changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.library.models import Asset, InstrumentProfile, QualityTable

WHOLE = 100
_WORDS = 10  # characters below which a text says nothing
PROFILE, ASSET, OFFICE = "profile", "asset", "office"  # where something is mended


@dataclass(frozen=True)
class Record:
    """Everything that is known of an instrument: its row, the register's asset, what its manager told."""

    instrument: Instrument
    asset: Asset | None
    profile: InstrumentProfile | None
    managed: bool


@dataclass(frozen=True)
class Check:
    """One check: what it asks for, whether a record has it, where it is mended (`column`: in which column of
    the register).
    """

    key: str
    label: Text
    hint: Text
    holds: Callable[[Record], bool]
    mend: str
    column: str = ""


@dataclass(frozen=True)
class Found:
    """One check of a record: its points, and whether they are won."""

    check: Check
    points: int
    met: bool


@dataclass(frozen=True)
class Score:
    """The score of a record, 0 to 100, by version `table` of the table."""

    table: int
    found: tuple[Found, ...]

    @property
    def points(self) -> int:
        """The score."""
        return sum(one.points for one in self.found if one.met)

    @property
    def missing(self) -> list[Found]:
        """What would raise it, the most first."""
        return sorted((one for one in self.found if not one.met), key=lambda one: -one.points)


@dataclass(frozen=True)
class Table:
    """A version of the table as it counts: check -> points. Version 0 is what the product brings."""

    number: int
    weights: Mapping[str, int]


def _told(name: str, least: int = _WORDS) -> Callable[[Record], bool]:
    return lambda record: record.profile is not None and len(getattr(record.profile, name).strip()) >= least


def _registered(name: str) -> Callable[[Record], bool]:
    return lambda record: record.asset is not None and bool(getattr(record.asset, name))


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        one.key: one
        for one in (
            Check(
                "registered",
                _("In the asset register"),
                _("The register has an asset of this number."),
                lambda record: record.asset is not None and record.asset.gone_at is None,
                OFFICE,
            ),
            Check(
                "name_en",
                _("English name"),
                _("People from abroad find it by its English name."),
                _registered("name_en"),
                ASSET,
                "name_en",
            ),
            Check(
                "place",
                _("Place"),
                _("Building and room where it stands."),
                _registered("place"),
                ASSET,
                "place",
            ),
            Check(
                "technical",
                _("Technical data"),
                _("Resolution, range, what it is equipped with."),
                _told("technical"),
                PROFILE,
            ),
            Check(
                "function",
                _("What it is for"),
                _("Which questions it answers, of which samples."),
                _told("function"),
                PROFILE,
            ),
            Check("services", _("Services"), _("What is done for others on it."), _told("services"), PROFILE),
            Check(
                "terms",
                _("Terms of use"),
                _("What users must bring, know and observe."),
                _told("terms"),
                PROFILE,
            ),
            Check(
                "subjects", _("Fields"), _("The disciplines that it serves."), _told("subjects", 2), PROFILE
            ),
            Check(
                "contact",
                _("Contact"),
                _("A telephone number or an address for questions."),
                lambda record: _told("phone", 5)(record) or _told("email", 5)(record),
                PROFILE,
            ),
            Check(
                "manager",
                _("Manager"),
                _("Somebody is in charge of it."),
                lambda record: record.managed,
                OFFICE,
            ),
        )
    }
)
BROUGHT = MappingProxyType(
    {
        "registered": 15,
        "name_en": 10,
        "place": 10,
        "technical": 15,
        "function": 15,
        "services": 10,
        "terms": 5,
        "subjects": 5,
        "contact": 5,
        "manager": 10,
    }
)


def table_at(at: datetime) -> Table:
    """The table that holds at a moment. One query."""
    held = QualityTable.objects.filter(valid_from__lte=at).order_by("-valid_from", "-number").first()
    return Table(0, BROUGHT) if held is None else Table(held.number, held.weights)


def score_of(record: Record, table: Table) -> Score:
    """The score of a record. Pure."""
    found = tuple(
        Found(check, table.weights[key], check.holds(record))
        for key, check in CHECKS.items()
        if table.weights.get(key)
    )
    return Score(table.number, found)


def records_of(instruments: Iterable[Instrument], at: datetime) -> list[Record]:
    """The records of instruments, in their order. Three queries for all of them."""
    rows = list(instruments)
    assets = {one.asset_no: one for one in Asset.objects.filter(asset_no__in=[row.asset_no for row in rows])}
    profiles = {one.instrument_id: one for one in InstrumentProfile.objects.filter(instrument__in=rows)}
    managed = set(
        CrewMember.objects.filter(
            in_force(at), instrument__in=rows, role=CrewMember.Role.MANAGER
        ).values_list("instrument_id", flat=True)
    )
    return [Record(row, assets.get(row.asset_no), profiles.get(row.pk), row.pk in managed) for row in rows]


def quality_of(instrument: Instrument, at: datetime) -> Score:
    """The score of one instrument now. Four queries."""
    return score_of(records_of([instrument], at)[0], table_at(at))


def profile_texts(profile: InstrumentProfile | None) -> dict[str, Any]:
    """What the manager told, by column."""
    return {name: getattr(profile, name) if profile else "" for name in TEXTS}


TEXTS = ("technical", "function", "services", "terms", "subjects", "phone", "email")
