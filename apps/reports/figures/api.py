"""Figures for programs: the same scopes, periods, keys and refusals as on the pages."""

from datetime import date, datetime

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from apps.core import clock
from apps.core.api import PAGE, Asked, Told
from apps.core.figures import Figure, FigureUnit
from apps.people.views import viewer
from apps.reports.figures.definitions import DEFINITIONS, Counted
from apps.reports.figures.drilling import Listed, Records, listed
from apps.reports.figures.periods import read_period
from apps.reports.figures.scopes import find_scope, names_shown, scopes_for
from apps.reports.figures.tables import By, Row, table
from apps.tokens.auth import scoped

router = Router(tags=["figures"])
_SCOPE = scoped("figures:read", _("Figures of a unit, facility or instrument in a period"))
_MOST = 100


class FigureTold(Told):
    """`value` is in the unit's smallest step: ms for hours, fen for money, thousandths for ratios, else one.
    `records` stand behind it.
    """

    key: str
    unit: FigureUnit
    value: int
    source: str
    records: int


class FigureRowTold(Told):
    """The figures of one row, by key."""

    name: str
    scope: str
    instruments: int
    figures: dict[str, FigureTold]


class TableTold(Told):
    """Rows of a scope in [first, last], and all of it together; `pages` of rows there are."""

    scope: str
    period: str
    first: date
    last: date
    rows: list[FigureRowTold]
    whole: FigureRowTold
    pages: int


class ScopeTold(Told):
    """What figures may be asked of."""

    text: str
    name: str
    kind: str


class DefinitionTold(Told):
    """What a figure means, and by which moment a record belongs to a period. `adds`: whether figures of
    several instruments may be summed.
    """

    key: str
    unit: FigureUnit
    title: str
    meaning: str
    counted: Counted
    adds: bool


class RecordTold(Told):
    """One record and what it adds. `person` is empty where the viewer does not manage the instrument, and so
    is the `ulid` of a record that is a person.
    """

    ulid: str
    at: datetime | None
    asset_no: str
    person: str
    what: str
    value: int


class RecordsTold(Told):
    """A part of the records behind a figure, and the figure."""

    total: FigureTold
    items: list[RecordTold]
    pages: int


class TableAsked(Asked):
    """An empty scope is the widest that there is for you, an empty period the present academic year."""

    scope: str = Field("", max_length=80)
    period: str = Field("", max_length=40)
    by: By = By.INSTRUMENT
    page: int = Field(1, ge=1)
    limit: int = Field(PAGE, ge=1, le=_MOST)


class RecordsAsked(Asked):
    """`part` narrows the scope to what lies in another one too."""

    scope: str = Field("", max_length=80)
    part: str = Field("", max_length=80)
    period: str = Field("", max_length=40)
    page: int = Field(1, ge=1)
    limit: int = Field(PAGE, ge=1, le=_MOST)


@router.get("", response=TableTold, **_SCOPE)
def figures(request: HttpRequest, asked: Query[TableAsked]) -> TableTold:
    """The rows with the most effective hours first. 404 `figures.no_scope`; 422 `figures.period`."""
    now = clock.now()
    period = read_period(asked.period, now)
    scope = find_scope(asked.scope, viewer(request), now)
    found = table(scope, period, asked.by, at=now)
    pages = Paginator(found.rows, asked.limit)
    rows = list(pages.page(asked.page)) if asked.page <= pages.num_pages else []
    return TableTold(
        scope=scope.text,
        period=period.key,
        first=period.first,
        last=period.last,
        rows=[_row(row) for row in rows],
        whole=_row(found.whole),
        pages=pages.num_pages,
    )


@router.get("/scopes", response=list[ScopeTold], **scoped("figures:read", _("Of what you may see figures")))
def figure_scopes(request: HttpRequest) -> list[ScopeTold]:
    """The widest first."""
    found = scopes_for(viewer(request), clock.now())
    return [ScopeTold(text=one.text, name=one.name, kind=str(one.kind)) for one in found]


@router.get(
    "/definitions", response=list[DefinitionTold], **scoped("figures:read", _("What every figure means"))
)
def figure_definitions(request: HttpRequest) -> list[DefinitionTold]:
    """In the order of the pages."""
    del request
    return [
        DefinitionTold(
            key=one.key,
            unit=one.unit,
            title=str(one.title),
            meaning=str(one.meaning),
            counted=one.counted,
            adds=one.adds,
        )
        for one in DEFINITIONS.values()
    ]


@router.get(
    "/{key}/records", response=RecordsTold, **scoped("figures:read", _("The records behind a figure"))
)
def figure_records_of(request: HttpRequest, key: str, asked: Query[RecordsAsked]) -> RecordsTold:
    """Their values add up to the figure. A rate has none of its own: ask for its two parts. 404
    `figures.no_scope`, `figures.no_figure`; 422 `figures.period`.
    """
    user, now = viewer(request), clock.now()
    period = read_period(asked.period, now)
    scope = find_scope(asked.scope, user, now, asked.part)
    records = Records(key, scope, period, now)
    pages = records.pages(asked.limit)
    cut = list(pages.page(asked.page)) if asked.page <= pages.num_pages else []
    shown = listed(cut, names_shown(user, now), scope.instruments())
    return RecordsTold(
        total=_figure(records.total()), items=[_record(one) for one in shown], pages=pages.num_pages
    )


def _row(row: Row) -> FigureRowTold:
    told = {key: _figure(one) for key, one in row.figures.items()}
    return FigureRowTold(name=row.name, scope=row.scope, instruments=row.instruments, figures=told)


def _figure(one: Figure) -> FigureTold:
    return FigureTold(key=one.key, unit=one.unit, value=one.value, source=one.source, records=one.records)


def _record(one: Listed) -> RecordTold:
    return RecordTold(
        ulid=one.record.ulid,
        at=one.record.at,
        asset_no=one.instrument.asset_no if one.instrument else "",
        person=one.person.display_name if one.person else "",
        what=str(one.record.what),
        value=one.record.value,
    )
