"""Fee standards whose ground has moved: real hours far from the planned ones, consumables dearer or cheaper
than approved. Whoever reopens them asks here.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from django.db.models import Exists, OuterRef, QuerySet, Sum

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
    records, else None. Uses that are held or dismissed do not count. Three queries.
    """
    instruments = list(instruments)
    old = _with_a_year(instruments, at)
    recorded = _recorded(old, at)
    figures = _figures(instruments, at)
    found: dict[str, int | None] = {}
    for instrument in instruments:
        figure = figures.get(instrument.pk)
        if instrument.pk in old:
            found[instrument.ulid] = recorded.get(instrument.pk, 0) // _HOUR_MS
        else:
            found[instrument.ulid] = _of_a_year(figure) if figure is not None else None
    return found


def drifting(at: datetime, policy: Policy | None = None) -> list[Drift]:
    """The standards in force that no open case is about and that no longer fit: real hours outside
    `fees.drift` of the planned ones, or consumables further than `fees.consumables_drift` from the approved
    ones. By asset number. Eight queries at most.
    """
    policy = policy or policy_at(at)
    versions = list(_versions(at))
    hours = real_hours([version.instrument for version in versions], at)
    figures = _figures([version.instrument for version in versions], at)
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


def _with_a_year(instruments: Iterable[Instrument], at: datetime) -> set[int]:
    """The instruments whose records reach back a year: one look at the index for each."""
    before = UsageRecord.objects.filter(instrument=OuterRef("pk"), started_at__lte=at - YEAR)
    keys = [instrument.pk for instrument in instruments]
    return set(Instrument.objects.filter(Exists(before), pk__in=keys).values_list("pk", flat=True))


def _recorded(instruments: Collection[int], at: datetime) -> dict[int, int]:
    """The effective time of the year before, in milliseconds."""
    rows = (
        UsageRecord.objects.filter(
            instrument__in=instruments, started_at__gte=at - YEAR, started_at__lt=at, held=""
        )
        .exclude(verdict=UsageRecord.Verdict.DISMISSED)
        .order_by()
        .values_list("instrument")
        .annotate(effective=Sum("effective_ms"))
    )
    return dict(rows)


def _figures(instruments: Iterable[Instrument], at: datetime) -> dict[int, MeasuredYear]:
    """The newest figure of each instrument that is not too old."""
    day = school_time(at).date()
    rows = MeasuredYear.objects.filter(
        instrument__in=instruments, last__lte=day, last__gt=day - _OLDEST
    ).order_by("last", "id")
    return {row.instrument_id: row for row in rows}


def _of_a_year(figure: MeasuredYear) -> int:
    days = (figure.last - figure.first).days + 1
    return figure.effective_hours * YEAR.days // days


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
