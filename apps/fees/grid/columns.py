"""What there is to fill in: the columns of each table and the single fields of a fee sheet, in the order in
which they stand on the page (and in which a block pasted from a spreadsheet is laid over them).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.errors import Text
from apps.fees.content import BASES, PARTS, PLANNED, QUOTA, REFERENCES, TIERS
from apps.fees.formulas import Formula
from apps.fees.grid.cells import CHOICE, COST, MONEY, QUANTITY, RATE, TEXT, TIME, WHOLE, Column
from apps.fees.models import Tier
from apps.fees.models.tables import Component
from apps.fees.models.versions import ServiceMode, Unit
from apps.instruments.models import local_name

MODES: Mapping[str, Text] = dict(ServiceMode.choices)
UNITS: Mapping[str, Text] = dict(Unit.choices)
BASIS_WORDS: Mapping[str, Text] = {QUOTA: _("quota hours"), PLANNED: _("planned hours")}
REFERENCE_WORDS: Mapping[str, Text] = {
    "government": _("Set by the government"),
    "market": _("Market price"),
    "regulation": _("Regulation"),
    "other": _("Other"),
}
if set(BASIS_WORDS) != set(BASES) or set(REFERENCE_WORDS) != set(REFERENCES):
    raise RuntimeError("a choice of the content has no words")

Options = Mapping[str, Mapping[str, Text]]  # choices that are not fixed, by the path of their column
FILE, FORMULA = "file", "cost.formula"

ITEM = (
    Column("code", _("Code"), TEXT, empty="", longest=20, width="s"),
    Column("name_zh", _("Name (Chinese)"), TEXT, empty="", longest=80, width="l"),
    Column("name_en", _("Name (English)"), TEXT, empty="", longest=120, width="l"),
    Column("service_mode", _("Who runs it"), CHOICE, empty="self", choices=MODES, width="m"),
    Column("unit", _("Unit"), CHOICE, empty="hour", choices=UNITS, width="l"),
    *(
        Column(f"prices.{tier}_fen", Tier(tier).label, MONEY, width="n", hint=_("Price in yuan"))
        for tier in TIERS
    ),
    Column(
        "function",
        _("Function"),
        TEXT,
        empty="",
        longest=40,
        width="m",
        hint=_("What the machine is used for here, such as SEM: peers are looked for under it."),
    ),
    Column(
        "reason",
        _("Reason for the price"),
        TEXT,
        empty="",
        longest=500,
        width="x",
        hint=_("Why the price is unusual; the committee reads it."),
    ),
)
LENGTHS = (
    Column(
        "unit_minutes",
        _("Period (minutes)"),
        WHOLE,
        width="s",
        hint=_("Length of a started period, only with such a unit."),
        only="period",
    ),
    Column(
        "block_start",
        _("Block from"),
        TIME,
        empty="",
        width="s",
        hint=_("Only with a block of time."),
        only="block",
    ),
    Column("block_end", _("Block until"), TIME, empty="", width="s", only="block"),
    Column("follows", _("Follows the block"), TEXT, empty="", longest=20, width="s", only="block"),
    Column("following_rate", _("Factor then"), RATE, empty="1", width="s", only="block"),
    Column("note", _("Note"), TEXT, empty="", longest=500, width="x"),
)
BASIS = (
    Column(FORMULA, _("Formula"), CHOICE, empty="", choices={}, width="l"),
    Column("cost.value_fen", _("Original value (yuan)"), MONEY, width="n"),
    Column("cost.life_years", _("Life (years)"), WHOLE, width="s"),
    Column("cost.hours_basis", _("Spread over"), CHOICE, empty=QUOTA, choices=BASIS_WORDS, width="m"),
    Column("cost.hours", _("Hours a year"), WHOLE, width="s"),
    Column("cost.maintenance_rate", _("Repair rate"), RATE, empty="0", width="s", hint=_("0.06 or 6 %")),
    Column("cost.management_rate", _("Management rate"), RATE, empty="0", width="s", hint=_("0.10 or 10 %")),
    Column(
        "cost.unit_minutes",
        _("Minutes of a unit"),
        WHOLE,
        width="s",
        hint=_("Instrument time that one unit takes: 60 for an hour."),
    ),
)
STATED = (
    *(
        Column(f"cost.stated.{part}_e4", Component(part).label, COST, width="s")
        for part in PARTS
        if part != "management"
    ),
    Column("cost.subtotal_e4", _("Sum without management"), COST, width="n"),
    Column("cost.stated.management_e4", Component.MANAGEMENT.label, COST, width="s"),
    Column("cost.full_cost_e4", _("Full cost"), COST, width="n"),
)
COSTS = (*BASIS, *STATED)
LINE = (
    Column("item", _("Code of the item"), TEXT, empty="", longest=20, width="s"),
    Column("name", _("Consumable"), TEXT, empty="", longest=120, width="l"),
    Column("quantity", _("Quantity for one unit"), QUANTITY, empty="", width="s"),
    Column("unit", pgettext_lazy("of a quantity", "Measure"), TEXT, empty="", longest=20, width="s"),
    Column("price_e4", _("Price (yuan)"), COST, empty=0, width="n"),
)
EVIDENCE = (
    Column("text", _("What shows the hours"), TEXT, empty="", longest=500, width="x"),
    Column(FILE, _("File"), CHOICE, empty="", choices={}, width="l"),
)
REFERENCE = (
    Column("kind", _("Kind"), CHOICE, empty="market", choices=REFERENCE_WORDS, width="m"),
    Column("title", _("Where the price is found"), TEXT, empty="", longest=200, width="x"),
    Column("price", _("Price there"), TEXT, empty="", longest=80, width="m"),
    Column(FILE, _("File"), CHOICE, empty="", choices={}, width="l"),
)
TERMS = (
    Column("minimum_minutes", _("Billed for at least (minutes)"), WHOLE, empty=0),
    Column("minimum_fen", _("A use costs at least (yuan)"), MONEY, empty=0),
    Column("cap_fen", _("A use costs at most (yuan)"), MONEY, hint=_("Empty: no limit.")),
    Column("billing_step_seconds", _("Time is billed in steps of (seconds)"), WHOLE, empty=60),
    Column("night_rate", _("Night: factor on the hour price"), RATE, empty="1"),
    Column("night_start_hour", _("Night begins at (hour)"), WHOLE, empty=22),
    Column("night_end_hour", _("Night ends at (hour)"), WHOLE, empty=7),
    Column("weekend_rate", _("Days off: factor on the hour price"), RATE, empty="1"),
    Column(
        "weekend_night_rate",
        _("Nights of days off: factor"),
        RATE,
        empty="",
        hint=_("Empty: the lower of the two."),
    ),
    Column("rush_rate", _("Rush: factor"), RATE, empty="1"),
    Column("repeat_rate", _("Repetition: factor"), RATE, empty="1"),
    Column("own_group_rate", _("Own group: factor on the internal price"), RATE, empty="1"),
    Column("hosted_owner_rate", _("Hosted owner: factor on the internal price"), RATE, empty="1"),
    Column("department_rate", _("Own department: factor"), RATE, empty="1"),
    Column("prepaid_from_fen", _("Prepaid from (yuan)"), MONEY, empty=0),
    Column("prepaid_rate", _("Prepaid: factor"), RATE, empty="1"),
)
HOURS = (
    Column("opening", _("Opening hours"), TEXT, empty="", longest=200, width="x"),
    Column("open_hours_week", _("Open hours a week"), WHOLE),
    Column("planned_hours_year", _("Planned hours a year"), WHOLE),
)
NOTE = (Column("note", _("Remarks on the sheet"), TEXT, empty="", longest=2000, width="x"),)


@dataclass(frozen=True)
class Table:
    """A table of the page: the letter that begins the names of its cells, its columns, and how many rows it
    may have.
    """

    key: str
    columns: tuple[Column, ...]
    most: int


ITEMS = Table("i", (*ITEM, *LENGTHS, *COSTS), 100)
LINES = Table("u", LINE, 200)
EVIDENCES = Table("e", EVIDENCE, 30)
REFERENCES_TABLE = Table("r", REFERENCE, 30)
TABLES: Mapping[str, Table] = {table.key: table for table in (ITEMS, LINES, EVIDENCES, REFERENCES_TABLE)}
# Single fields by the letter that begins their names, which is also the member of the sheet that they fill.
FIELDS: Mapping[str, tuple[Column, ...]] = {"t": TERMS, "h": HOURS, "s": NOTE}
# What a row needs to be more than an empty one: choices and what is filled in by itself do not count.
MEANT: Mapping[str, tuple[str, ...]] = {
    "i": (
        *("code", "name_zh", "name_en", "function", "reason", "note"),
        *(f"prices.{tier}_fen" for tier in TIERS),
        *(column.path for column in STATED),
    ),
    "u": ("name", "quantity", "price_e4"),
    "e": ("text", "file"),
    "r": ("title", "price", "file"),
}


def options_of(files: Mapping[str, Text], formulas: Mapping[str, Formula]) -> Options:
    """The choices of a moment: the files of the proposal by their ULID, the formulas in force."""
    named = {key: f"{key}: {local_name(one.name_zh, one.name_en)}" for key, one in formulas.items()}
    return {FILE: {"": _("none"), **files}, FORMULA: {"": _("none"), **named}}
