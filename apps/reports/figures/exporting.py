"""Figures as files: a workbook with one sheet for each unit, so that nothing is added up by mistake, and
lines of comma-separated values for programs.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.core.figures import UNIT_WORDS, FigureUnit, number_of
from apps.core.workbooks import Page, comma_separated, download, download_book
from apps.reports.figures.definitions import DEFINITIONS, Definition
from apps.reports.figures.drilling import Records, listed
from apps.reports.figures.periods import Period
from apps.reports.figures.scopes import Scope
from apps.reports.figures.tables import Row, Table

_BATCH = 2000


def workbook(scope: Scope, period: Period, table: Table) -> FileResponse:
    """Every figure of a table, a sheet for each unit, and the definitions with their words."""
    pages = [
        Page(
            str(UNIT_WORDS[unit]).capitalize(),
            (pgettext("figures", "Counted for"), *(f"{one.title} ({UNIT_WORDS[unit]})" for one in of_unit)),
            _numbers(table, of_unit),
        )
        for unit, of_unit in _by_unit()
    ]
    meanings = Page(
        _("What they mean"), (_("Figure"), _("Meaning"), _("At the edge of a period")), _meanings()
    )
    return download_book(filename=_name(scope, period, "xlsx"), pages=[*pages, meanings])


def lines(scope: Scope, period: Period, table: Table) -> StreamingHttpResponse:
    """A line for each row and figure: name, scope, period, key, unit, value in the unit's smallest step,
    number of records; for programs.
    """
    return comma_separated(
        filename=_name(scope, period, "csv"),
        headings=("name", "scope", "period", "figure", "unit", "value", "records"),
        rows=(
            (row.name, row.scope, period.key, one.key, one.unit.value, one.value, one.records)
            for row in (*table.rows, table.whole)
            for one in row.figures.values()
        ),
    )


def records_book(records: Records, shown: frozenset[int] | None) -> FileResponse:
    """All records behind a figure, each with what it adds."""
    definition = DEFINITIONS[records.key]
    headings = (
        _("When"),
        _("Asset number"),
        _("Instrument"),
        _("Person"),
        pgettext("record", "What"),
        f"{definition.title} ({UNIT_WORDS[definition.unit]})",
        "ID",
    )
    return download(
        filename=f"{records.key}-{records.period.key}.xlsx",
        sheet=str(definition.title),
        headings=headings,
        rows=_records(records, shown),
    )


def _records(records: Records, shown: frozenset[int] | None) -> Iterator[Sequence[Any]]:
    rows = iter(records)
    while batch := list(islice(rows, _BATCH)):
        for one in listed(batch, shown, records.scope.instruments()):
            instrument, person = one.instrument, one.person
            yield (
                one.record.at,
                instrument.asset_no if instrument else "",
                instrument.name if instrument else "",
                person.display_name if person else "",
                str(one.record.what),
                number_of(one.figure(records.key)),
                one.record.ulid,
            )


def _by_unit() -> list[tuple[FigureUnit, list[Definition]]]:
    found: dict[FigureUnit, list[Definition]] = {}
    for one in DEFINITIONS.values():
        found.setdefault(one.unit, []).append(one)
    return list(found.items())


def _numbers(table: Table, of_unit: list[Definition]) -> Iterator[Sequence[Any]]:
    for row in (*table.rows, table.whole):
        yield (_label(row, table), *(number_of(row.figures[one.key]) for one in of_unit))


def _label(row: Row, table: Table) -> str:
    return _("All: %(name)s") % {"name": row.name} if row is table.whole else row.name


def _meanings() -> Iterator[Sequence[Any]]:
    for one in DEFINITIONS.values():
        yield str(one.title), str(one.meaning), str(one.rule)


def _name(scope: Scope, period: Period, ending: str) -> str:
    return f"figures-{scope.text.replace(':', '-')}-{period.key.replace('..', '-')}.{ending}"
