"""Figures as a table: one row for each instrument, facility, lab or department of a scope, and one for all of
it. The last row is counted anew: people who are in two rows count once in it, ratios follow from their parts.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.errors import Invalid, Text
from apps.core.figures import Figure, FigureUnit, digest_of
from apps.instruments.models import Facility, Instrument
from apps.people.models import OrgUnit
from apps.people.scopes import scope_of
from apps.reports.figures import sources
from apps.reports.figures.digests import digests_of
from apps.reports.figures.measuring import Tally, figures_of, records_link, tally
from apps.reports.figures.periods import Period, buckets
from apps.reports.figures.scopes import Scope, named
from apps.reports.figures.sources import Among


class By(StrEnum):
    """What a row of the table is."""

    INSTRUMENT = "instrument"
    FACILITY = "facility"
    LAB = "lab"
    DEPARTMENT = "department"


BY_WORDS: Mapping[By, Text] = {
    By.INSTRUMENT: pgettext_lazy("figures by", "Instrument"),
    By.FACILITY: pgettext_lazy("figures by", "Facility"),
    By.LAB: pgettext_lazy("figures by", "Lab"),
    By.DEPARTMENT: pgettext_lazy("figures by", "Department"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: of what, and its figures by key. `scope` is empty for instruments that stand in no such unit:
    nothing lists them together.
    """

    name: str
    scope: str
    instruments: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows, the largest number of effective hours first, and all of them together."""

    rows: tuple[Row, ...]
    whole: Row


def read_by(text: str) -> By:
    """What a row is to be; nothing is an instrument. Raises Invalid `figures.by`."""
    try:
        return By(text or By.INSTRUMENT)
    except ValueError as error:
        raise Invalid(
            _("Rows are instrument, facility, lab or department."), code="figures.by", field="by"
        ) from error


def among_of(scope: Scope) -> Among:
    """How the records of a scope are narrowed."""
    return None if scope.is_everything else scope.instruments().order_by().values("pk")


def table(scope: Scope, period: Period, by: By, *, at: datetime) -> Table:
    """The figures of a scope in a period by `by`. Instruments that were retired before it and did nothing in
    it have no row. At most 22 queries.
    """
    rows_of = scope.instruments().select_related("facility", "unit__parent__parent").order_by("asset_no")
    counted = tally(everything := list(rows_of), among_of(scope), period, at=at)
    instruments = [one for one in everything if _is_there(one, counted[one.pk], period)]
    owners = _owners(instruments, by)
    groups: dict[str, list[Instrument]] = {}
    for one in instruments:
        groups.setdefault(owners[one.pk][0], []).append(one)
    names = dict(owners.values())
    rows = [
        Row(
            names[text] or str(_("In no such unit")),
            text,
            len(members),
            figures_of(_together(members, counted), period, scope.text, part=text or None),
        )
        for text, members in groups.items()
    ]
    rows.sort(key=lambda row: (-row.figures["effective_hours"].value, row.name))
    whole = figures_of(_together(instruments, counted), period, scope.text)
    return Table(tuple(rows), Row(scope.name, scope.text, len(instruments), whole))


def of_labs(
    labs: Mapping[OrgUnit, Collection[Instrument]], period: Period, *, digests: bool = False
) -> dict[int, dict[str, Figure]]:
    """Every figure of each laboratory (key), of these instruments of it together: people count once however
    many of them they use, ratios follow from their parts. Otherwise as `of_facilities`.
    """
    instruments = [one for members in labs.values() for one in members]
    among = [one.pk for one in instruments]
    counted = tally(instruments, among, period)
    signed = digests_of(period, among) if digests else {}
    return {
        lab.pk: figures_of(_together(mine, counted), period, scope_of(lab), _joined_digests(mine, signed))
        for lab, mine in labs.items()
    }


def of_facilities(period: Period, *, at: datetime, digests: bool = False) -> dict[int, dict[str, Figure]]:
    """Every figure of every facility by its key, each with the address of its records in the facility's own
    scope. With `digests` each carries one of the digests of its instruments, in the order of their keys.
    """
    instruments = list(Instrument.objects.select_related("facility").order_by("pk"))
    counted = tally(instruments, None, period, at=at)
    signed = digests_of(period, None) if digests else {}
    members: dict[Facility, list[Instrument]] = {}
    for one in instruments:
        members.setdefault(one.facility, []).append(one)
    return {
        facility.pk: figures_of(
            _together(mine, counted), period, scope_of(facility), _joined_digests(mine, signed)
        )
        for facility, mine in members.items()
    }


def _joined_digests(members: Iterable[Instrument], signed: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for one in members:
        for key, digest in signed.get(one.pk, {}).items():
            found.setdefault(key, []).append(digest)
    return {key: digest_of(digests) for key, digests in found.items()}


def over_time(scope: Scope, period: Period) -> list[tuple[Period, Figure]]:
    """The effective hours of each month of a period (of each day of a month), for a chart. One query."""
    pieces = buckets(period)
    rows = sources.uses_of("effective_hours", period, among_of(scope))
    summed = rows.aggregate(
        **{
            f"p{number}": Sum(
                "effective_ms", filter=Q(started_at__gte=piece.since, started_at__lt=piece.until)
            )
            for number, piece in enumerate(pieces)
        }
    )
    return [
        (
            piece,
            Figure(
                "effective_hours",
                FigureUnit.HOURS_MS,
                summed[f"p{number}"] or 0,
                "usage.records",
                link=records_link("effective_hours", scope.text, piece),
            ),
        )
        for number, piece in enumerate(pieces)
    ]


def _is_there(one: Instrument, counted: Tally, period: Period) -> bool:
    gone = one.retired_at is not None and one.retired_at <= period.since
    return not gone or any(counted.values.values()) or bool(counted.users)


def _owners(instruments: Iterable[Instrument], by: By) -> dict[int, tuple[str, str]]:
    """The scope and the name of the row to which each instrument belongs."""
    found = {}
    for one in instruments:
        owner = _owner(one, by)
        found[one.pk] = (scope_of(owner), named(owner)) if owner is not None else ("", "")
    return found


def _owner(one: Instrument, by: By) -> Instrument | Facility | OrgUnit | None:
    if by is By.INSTRUMENT:
        return one
    if by is By.FACILITY:
        return one.facility
    kinds = (OrgUnit.Kind.DEPARTMENT,) if by is By.DEPARTMENT else (OrgUnit.Kind.LAB,)
    node: OrgUnit | None = one.unit
    while node is not None and node.kind not in kinds:
        node = node.parent
    return node


def _together(members: Iterable[Instrument], counted: Mapping[int, Tally]) -> Tally:
    found = Tally()
    for one in members:
        found.take_in(counted[one.pk])
    return found
