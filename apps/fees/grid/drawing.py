"""What a template draws: each cell with its text and with what is found about it, in its own place. A finding
whose place is not on the page (a whole table) stands at the head of that table; all of them stand in the list
as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apps.core.errors import Text
from apps.fees.findings import BLOCK, Finding, worst
from apps.fees.grid.cells import Column
from apps.fees.grid.columns import COSTS, FIELDS, FORMULA, TABLES, Options, Table
from apps.fees.grid.typed import Row, Typed

# Where a finding about a whole part of an item stands.
_HEADS = {
    "": "code",
    "items": "code",
    "prices": "prices.internal_fen",
    "cost": FORMULA,
    "cost.consumables": "cost.stated.consumables_e4",
}
NEW = "new-row"  # the key of a row that is only there to be copied
_LETTERS = {"terms": "t", "hours": "h"}


@dataclass(frozen=True)
class Drawn:
    """One cell: its name, its column, its text, what is wrong with the text, and what the checks find here.
    `choices` are value and words.
    """

    name: str
    column: Column
    text: str
    fault: Text = ""
    findings: tuple[Finding, ...] = ()
    choices: tuple[tuple[str, Text], ...] = ()

    @property
    def severity(self) -> str:
        """The most serious of what is found; empty where there is nothing."""
        if self.fault:
            return BLOCK
        return worst(self.findings) if self.findings else ""


@dataclass(frozen=True)
class DrawnRow:
    """A row: its key, the words that name it, its cells by the path of their column."""

    key: str
    title: str
    cells: tuple[Drawn, ...]

    @property
    def prices(self) -> tuple[Drawn, ...]:
        """Of an item: everything but its cost sheet."""
        return self.cells[: -len(COSTS)]

    @property
    def costs(self) -> tuple[Drawn, ...]:
        """Of an item: its cost sheet."""
        return self.cells[-len(COSTS) :]


@dataclass(frozen=True)
class Drawing:
    """A whole sheet. `blanks` are rows to be copied for new ones, under the key `NEW`; `elsewhere` are
    findings whose place is no cell of the page.
    """

    tables: Mapping[str, tuple[DrawnRow, ...]]
    fields: Mapping[str, tuple[Drawn, ...]]
    blanks: Mapping[str, DrawnRow]
    elsewhere: tuple[Finding, ...]


@dataclass
class Places:
    """Which cell a finding belongs to."""

    by_cell: dict[str, list[Finding]] = field(default_factory=dict)
    elsewhere: list[Finding] = field(default_factory=list)


def place_of(finding: Finding, typed: Typed) -> str:
    """The name of the cell that a finding is about; empty where it is about none."""
    letter = _LETTERS.get(finding.field.partition(".")[0])
    if letter:
        name = f"{letter}.{finding.field.partition('.')[2]}"
        return name if name in typed.fields else ""
    if finding.field == "note":
        return "s.note"
    row = next((row for row in typed.tables["i"] if row.cells.get("code", "").strip() == finding.item), None)
    if not finding.item or row is None:
        return ""
    path = _HEADS.get(finding.field, finding.field)
    known = any(column.path == path for column in TABLES["i"].columns)
    return f"i.{row.key}.{path if known else 'code'}"


def placed(findings: Iterable[Finding], typed: Typed) -> Places:
    """The findings by the cell that they belong to."""
    places = Places()
    for finding in findings:
        name = place_of(finding, typed)
        if name:
            places.by_cell.setdefault(name, []).append(finding)
        else:
            places.elsewhere.append(finding)
    return places


def draw(
    typed: Typed,
    *,
    options: Options,
    faults: Mapping[str, Text],
    findings: Iterable[Finding],
    usual: Mapping[str, str],
) -> Drawing:
    """What there is to draw. `usual` is how the cells of a new item begin."""
    places = placed(findings, typed)

    def cell(name: str, column: Column, text: str) -> Drawn:
        found = tuple(places.by_cell.get(name, ()))
        return Drawn(name, column, text, faults.get(name, ""), found, _choices(column, text, options))

    def row(table: Table, number: int, one: Row) -> DrawnRow:
        cells = (
            cell(f"{table.key}.{one.key}.{column.path}", column, one.cells.get(column.path, ""))
            for column in table.columns
        )
        return DrawnRow(one.key, one.cells.get("code", "").strip() or str(number), tuple(cells))

    def single(letter: str, column: Column) -> Drawn:
        name = f"{letter}.{column.path}"
        return cell(name, column, typed.fields.get(name, ""))

    return Drawing(
        {
            key: tuple(row(table, number, one) for number, one in enumerate(typed.tables[key], 1))
            for key, table in TABLES.items()
        },
        {letter: tuple(single(letter, column) for column in columns) for letter, columns in FIELDS.items()},
        {key: row(table, 0, Row(NEW, dict(usual) if key == "i" else {})) for key, table in TABLES.items()},
        tuple(places.elsewhere),
    )


def _choices(column: Column, text: str, options: Options) -> tuple[tuple[str, Text], ...]:
    """The choices of a cell; what it says now is always among them."""
    if column.choices is None:
        return ()
    known = dict(options.get(column.path, column.choices))
    if text and text not in known:
        known[text] = text
    return tuple(known.items())
