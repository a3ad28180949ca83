"""Fee standards whose ground has moved: real hours far from the planned ones, consumables dearer or cheaper
than approved. Whoever reopens them asks here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum

from apps.core.clock import school_time
from apps.core.periods import in_force
from apps.fees.content import HOUR
from apps.fees.models import FeeItem, FeeVersion, MeasuredYear, ProposalInstrument
from apps.fees.policy import Policy, policy_at
from apps.instruments.models import Instrument
from apps.usage.models import UsageRecord

YEAR = timedelta(days=365)
_OLDEST = timedelta(days=2 * 365)  # a figure that is older says nothing about now
_HOUR_MS = 3_600_000
HOURS, CONSUMABLES = "hours", "consumables"


@dataclass(frozen=True, slots=True)
class Drift:
    """One standard in force that no longer fits: `kind` is 'hours' (a year: planned and real) or
    'consumables' (of an hour, in ten-thousandths of a yuan: approved and real). `part` is real / planned.
    """

    version: FeeVersion
    kind: str
    planned: int
    real: int

    @property
    def part(self) -> Fraction:
        return Fraction(self.real, self.planned)


def real_hours(instruments: Iterable[Instrument], at: datetime) -> dict[str, int | None]:
    """The effective hours of the year before `at` by the ULID of the instrument, whole hours rounded down:
    from the records where they reach back a year, else the newest figure that was measured before there were
    records, else None. Uses that are held or dismissed do not count. One query.
    """
    keys = [instrument.pk for instrument in instruments]
    if not keys:
        return {}
    figure = _figures(at).filter(instrument=OuterRef("pk")).order_by("-last", "-id")
    rows = Instrument.objects.filter(pk__in=keys).annotate(
        has_a_year=Exists(UsageRecord.objects.filter(instrument=OuterRef("pk"), started_at__lte=at - YEAR)),
        effective=Subquery(_effective(at)),
        figure_hours=Subquery(figure.values("effective_hours")[:1]),
        figure_first=Subquery(figure.values("first")[:1]),
        figure_last=Subquery(figure.values("last")[:1]),
    )
    columns = ("ulid", "has_a_year", "effective", "figure_hours", "figure_first", "figure_last")
    return {
        ulid: (effective or 0) // _HOUR_MS if has_a_year else _of_a_year(hours, first, last)
        for ulid, has_a_year, effective, hours, first, last in rows.order_by().values_list(*columns)
    }


def drifting(at: datetime, policy: Policy | None = None) -> list[Drift]:
    """The standards in force that no open case is about and that no longer fit: real hours outside
    `fees.drift` of the planned ones, or consumables further than `fees.consumables_drift` from the approved
    ones. By asset number. Six queries at most.
    """
    policy = policy or policy_at(at)
    versions = list(_versions(at))
    hours = real_hours([version.instrument for version in versions], at)
    figures = {
        figure.instrument_id: figure
        for figure in _figures(at).filter(consumables_fen__isnull=False).order_by("last", "id")
    }
    least, most = policy.drift
    found = []
    for version in versions:
        planned, real = version.planned_hours_year, hours[version.instrument.ulid]
        if planned and real is not None and not least <= Fraction(real, planned) <= most:
            found.append(Drift(version, HOURS, planned, real))
        found += _consumables(version, figures.get(version.instrument_id), policy)
    return found


def _versions(at: datetime) -> QuerySet[FeeVersion]:
    cases = ProposalInstrument.objects.filter(open=True, instrument=OuterRef("instrument"))
    found = FeeVersion.objects.filter(in_force(at), ~Exists(cases), instrument__retired_at__isnull=True)
    return found.select_related("instrument").prefetch_related("items").order_by("instrument__asset_no")


def _effective(at: datetime) -> QuerySet[UsageRecord, Any]:
    """The effective time of the year before of the outer instrument, in milliseconds."""
    counted = UsageRecord.objects.filter(
        instrument=OuterRef("pk"), started_at__gte=at - YEAR, started_at__lt=at, held=""
    ).exclude(verdict=UsageRecord.Verdict.DISMISSED)
    return counted.order_by().values("instrument").annotate(sum=Sum("effective_ms")).values("sum")


def _figures(at: datetime) -> QuerySet[MeasuredYear]:
    """The figures that are not too old."""
    day = school_time(at).date()
    return MeasuredYear.objects.filter(last__lte=day, last__gt=day - _OLDEST)


def _of_a_year(hours: int | None, first: date | None, last: date | None) -> int | None:
    if hours is None or first is None or last is None:
        return None
    return hours * YEAR.days // ((last - first).days + 1)


def _consumables(version: FeeVersion, figure: MeasuredYear | None, policy: Policy) -> Iterable[Drift]:
    """What an hour took of consumables, against what was approved for an hour."""
    if figure is None or figure.consumables_fen is None or not figure.effective_hours:
        return
    real = figure.consumables_fen * 100 // figure.effective_hours
    for approved in sorted(_approved(version.items.all()).values()):
        if approved and abs(Fraction(real, approved) - 1) > policy.consumables_drift:
            yield Drift(version, CONSUMABLES, approved, real)


def _approved(items: Iterable[FeeItem]) -> Mapping[str, int]:
    return {item.code: item.consumables_e4 or 0 for item in items if item.unit == HOUR}
