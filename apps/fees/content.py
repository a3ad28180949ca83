"""What a fee proposal says: one typed, frozen tree, stored as canonical JSON while it is a draft and frozen
by its submission. Pure: it knows no rows, no clock and no request.

Units. `_fen` is whole fen. `_e4` is ten-thousandths of a yuan (0.01 fen): costs of one core-hour are smaller
than a fen. Rates are decimal strings ('0.06', '1.5'). Times of day are 'HH:MM' with '24:00' as the end of a
day. Identifiers of instruments, versions and files are ULIDs. An absent number is null, never 0.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from documents.canonical import canonical, decode, digest, encode

SCHEMA = 1
FEE, NOT_OPEN = "fee", "not_open"
KINDS = (FEE, NOT_OPEN)
TIERS = ("internal", "external_academic", "enterprise", "own_group", "hosted_owner")
EXTERNAL = ("external_academic", "enterprise")
MODES = ("self", "assisted", "sample")
HOUR, SAMPLE, STARTUP, COMPONENT, POINT = "hour", "sample", "startup", "component", "point"
PERIOD, FURTHER, BLOCK, CORE_HOUR = "period", "further", "block", "core_hour"
UNITS = (HOUR, SAMPLE, STARTUP, COMPONENT, POINT, PERIOD, FURTHER, BLOCK, CORE_HOUR)
PARTS = ("depreciation", "maintenance", "consumables", "utilities", "labour", "space", "management")
QUOTA, PLANNED = "quota", "planned"
BASES = (QUOTA, PLANNED)
REFERENCES = ("government", "market", "regulation", "other")


@dataclass(frozen=True, slots=True)
class Prices:
    """The price of one unit by tier, in fen. Null: this tier has no price of its own (own group and hosted
    owner then pay the internal price times their rate; others are not served).
    """

    internal_fen: int | None = None
    external_academic_fen: int | None = None
    enterprise_fen: int | None = None
    own_group_fen: int | None = None
    hosted_owner_fen: int | None = None

    def of(self, tier: str) -> int | None:
        """The price of a tier, in fen."""
        found: int | None = getattr(self, f"{tier}_fen")
        return found


@dataclass(frozen=True, slots=True)
class Parts:
    """What one unit costs, by component, in ten-thousandths of a yuan; null: not said."""

    depreciation_e4: int | None = None
    maintenance_e4: int | None = None
    consumables_e4: int | None = None
    utilities_e4: int | None = None
    labour_e4: int | None = None
    space_e4: int | None = None
    management_e4: int | None = None

    def of(self, part: str) -> int:
        """A component, 0 where nothing is said."""
        return getattr(self, f"{part}_e4") or 0

    @property
    def subtotal_e4(self) -> int:
        """Everything but management."""
        return self.total_e4 - self.of("management")

    @property
    def total_e4(self) -> int:
        return sum(self.of(part) for part in PARTS)


@dataclass(frozen=True, slots=True)
class Consumable:
    """One line of the consumables of a unit: so much of it at a price."""

    name: str
    quantity: str
    unit: str
    price_e4: int


@dataclass(frozen=True, slots=True)
class CostSheet:
    """How the full cost of one unit comes about. `formula` is the key of a formula of `cost.py`;
    `unit_minutes` is the instrument time that one unit takes (60 for an hour, 30 for a sample of half an
    hour); `hours` are those of a year that the yearly cost is spread over: quota hours, or planned hours with
    evidence. `stated`, `subtotal_e4` and `full_cost_e4` are what the form says: recomputed, never believed.
    """

    formula: str = "B"
    value_fen: int | None = None
    life_years: int | None = None
    hours_basis: str = QUOTA
    hours: int | None = None
    maintenance_rate: str = "0.06"
    management_rate: str = "0.10"
    unit_minutes: int | None = 60
    stated: Parts = field(default_factory=Parts)
    subtotal_e4: int | None = None
    full_cost_e4: int | None = None
    consumables: tuple[Consumable, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the fee standard: a unit, its prices and what it costs.

    `function` is what the machine is used for here ('SEM'): peers share class, grade, function, service mode
    and unit. `unit_minutes` is the length of a `period` (first started period: half a day is 240) or of each
    `further` one. `block_start` and `block_end` are the wall clock of a `block`; `follows` names the block
    that it comes after, and `following_rate` is the factor on its price for a use that ran through that one.
    `reason` explains an unusual price in words.
    """

    code: str
    name_zh: str
    name_en: str
    service_mode: str
    unit: str
    prices: Prices = field(default_factory=Prices)
    cost: CostSheet | None = None
    function: str = ""
    unit_minutes: int | None = None
    block_start: str = ""
    block_end: str = ""
    follows: str = ""
    following_rate: str = "1"
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every item of a sheet. Rates are factors: 1.5 is half as much again, 0.5 is half.

    `weekend_rate` holds on days that the school does not work (weekends and holidays by its calendar), on the
    hour price like `night_rate`; `weekend_night_rate` where both meet (empty: the lower of the two).
    `rush_rate` and `repeat_rate` are on time, samples and extras. `own_group_rate` and `hosted_owner_rate`
    are on the internal price where the tier has none of its own. `department_rate` is what people of the
    instrument's own department pay, `prepaid_rate` whoever prepaid at least `prepaid_from_fen`.
    """

    minimum_minutes: int = 0
    minimum_fen: int = 0
    cap_fen: int | None = None
    billing_step_seconds: int = 60
    night_rate: str = "1"
    night_start_hour: int = 22
    night_end_hour: int = 7
    weekend_rate: str = "1"
    weekend_night_rate: str = ""
    rush_rate: str = "1"
    repeat_rate: str = "1"
    own_group_rate: str = "1"
    hosted_owner_rate: str = "1"
    department_rate: str = "1"
    prepaid_from_fen: int = 0
    prepaid_rate: str = "1"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows the planned hours: words, and a file of the proposal (ULID) where there is one."""

    text: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """When the instrument is open, and how many hours a year are planned, with what shows it."""

    opening: str = ""
    open_hours_week: int | None = None
    planned_hours_year: int | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """What a price was compared with: `kind` is one of REFERENCES; a file of the proposal where there is
    one.
    """

    kind: str
    title: str
    price: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The fee standard of one instrument."""

    instrument: str
    items: tuple[Item, ...] = ()
    terms: Terms = field(default_factory=Terms)
    hours: Hours = field(default_factory=Hours)
    references: tuple[Reference, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotOpen:
    """Why one instrument is not open: `cause` in a word, `reason` in sentences."""

    instrument: str
    cause: str = ""
    reason: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A whole proposal: `sheets` of a fee proposal, `not_open` of an application not to open."""

    kind: str
    sheets: tuple[Sheet, ...] = ()
    not_open: tuple[NotOpen, ...] = ()
    summary: str = ""
    schema: int = SCHEMA

    @property
    def instruments(self) -> tuple[str, ...]:
        """The ULIDs of the instruments that it is about, in order."""
        return tuple(sheet.instrument for sheet in self.sheets) or tuple(
            wish.instrument for wish in self.not_open
        )

    def sheet_of(self, instrument: str) -> Sheet | None:
        """The sheet of an instrument (ULID)."""
        return next((sheet for sheet in self.sheets if sheet.instrument == instrument), None)


@dataclass(frozen=True, slots=True)
class Price:
    """One price: of an instrument (ULID), an item (code) and a tier, in fen."""

    instrument: str
    item: str
    tier: str
    fen: int


@dataclass(frozen=True, slots=True)
class PriceSet:
    """All prices of a proposal, or those that somebody would change: what a vote is about. Its order says
    nothing; `key` is the same for the same prices.
    """

    prices: tuple[Price, ...]

    @property
    def key(self) -> str:
        """SHA-256 of the canonical text, the prices in a fixed order."""
        ordered = sorted(self.prices, key=lambda price: (price.instrument, price.item, price.tier))
        return digest(canonical(encode(PriceSet(tuple(ordered)))))


def to_text(content: Content | PriceSet) -> str:
    """The canonical JSON of a content: the same content is the same text, everywhere and always."""
    return canonical(encode(content))


def from_data(data: Any) -> Content:
    """A content from JSON data. Raises documents.canonical.NotCanonical with the path of what is wrong."""
    return decode(Content, data)


def read_text(text: str) -> Content:
    """A stored content."""
    return from_data(json.loads(text))


def prices_from(text: str) -> PriceSet:
    """A stored price set."""
    return decode(PriceSet, json.loads(text))


def prices_of(content: Content) -> PriceSet:
    """The prices that a content names."""
    return PriceSet(
        tuple(
            Price(sheet.instrument, item.code, tier, fen)
            for sheet in content.sheets
            for item in sheet.items
            for tier in TIERS
            if (fen := item.prices.of(tier)) is not None
        )
    )
