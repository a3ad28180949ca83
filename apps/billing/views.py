"""My usage and my samples, and what they cost: month by month, every line explained, and as an Excel file;
for a principal investigator also the samples that their groups' funds paid. Reads only.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.billing.models import Charge, SampleCharge
from apps.billing.parts import parts_of
from apps.billing.queries import sample_charges_for
from apps.core import clock
from apps.core.parameters import value
from apps.core.workbooks import download
from apps.instruments.models import local_name
from apps.people.models import User
from apps.people.views import viewer
from apps.usage.correcting import OWN_USE
from apps.usage.models import UsageCorrection, UsageRecord
from apps.usage.queries import my_usage

PAGE = 25
MONTHS_SHOWN = 24
SAMPLES_SHOWN = 500


@dataclass(frozen=True)
class Totals:
    """Sums of a period: powered time (ms) and money (fen). Different units, never added."""

    uses: int
    powered_ms: int
    amount_fen: int
    samples: int = 0


@dataclass(frozen=True)
class SampleCharges:
    """What samples cost in a period: the person's own, and those that a fund paid for which they answer."""

    own: list[SampleCharge]
    of_group: list[SampleCharge]

    @property
    def own_fen(self) -> int:
        return sum(one.amount_fen for one in self.own)

    @property
    def of_group_fen(self) -> int:
        return sum(one.amount_fen for one in self.of_group)


@require_safe
def usage_list(request: HttpRequest) -> HttpResponse:
    """A month of use (or all of it) with charges and totals."""
    user = viewer(request)
    months = _months(user)
    month = _chosen(request, months)
    records = _records(user, month)
    page = Paginator(_with_charges(records).select_related("session__decision"), PAGE).get_page(
        request.GET.get("page")
    )
    _complete(page.object_list, clock.now())
    samples = _samples(user, month)
    context = {
        "page": page,
        "months": months,
        "month": month,
        "samples": samples,
        "totals": _totals(records, samples),
        "parts": list(parts_of(user)[:PAGE]),
    }
    return render(request, "billing/usage.html", context)


@require_safe
def usage_export(request: HttpRequest) -> FileResponse:
    """The same, one row a charge line, as an Excel file."""
    user = viewer(request)
    month = _chosen(request, _months(user))
    records = _with_charges(_records(user, month))
    return download(
        filename=f"usage-{user.username}-{month or 'all'}.xlsx",
        sheet=_("Usage and charges"),
        headings=[
            _("Asset number"),
            _("Instrument"),
            _("From"),
            _("Until"),
            _("Powered hours"),
            _("Paid from"),
            _("Fee standard"),
            _("Line"),
            _("Quantity"),
            _("Unit price (yuan)"),
            _("Rate"),
            _("Amount (yuan)"),
        ],
        rows=chain(_rows(records), _sample_rows(_samples(user, month))),
    )


def _records(user: User, month: str) -> QuerySet[UsageRecord]:
    since, until = _bounds(month) if month else (None, None)
    return my_usage(user, since=since, until=until)


def _complete(records: Iterable[Any], now: datetime) -> None:
    """The first charge of each and the one that counts, and whether it offers 'I forgot to log off': only
    what the page knows, the operation asks again.
    """
    since = now - timedelta(days=int(value("usage.correction_days", at=now)))
    for record in records:
        charges = list(record.charges.all())
        record.first_charge, record.counting = (charges[0], charges[-1]) if charges else (None, None)
        record.may_correct = (
            record.purpose in OWN_USE
            and not record.held
            and record.verdict != UsageRecord.Verdict.DISMISSED
            and record.ended_at > since
            and not any(one.state == UsageCorrection.State.OPEN for one in record.corrections.all())
        )


def _with_charges(records: QuerySet[UsageRecord]) -> QuerySet[UsageRecord]:
    """With every charge, the first first and the one that counts last, and what was corrected."""
    charges = Charge.objects.select_related("fund", "fee_version").order_by("pk")
    corrections = UsageCorrection.objects.order_by("-pk")
    return records.prefetch_related(
        Prefetch("charges", queryset=charges), Prefetch("corrections", queryset=corrections), "changes"
    )


def _months(user: User) -> list[str]:
    """The school months in which the person used something, the latest first."""
    used = _months_of(UsageRecord.objects.filter(user=user), "started_at")
    charged = _months_of(sample_charges_for(user), "charged_at")
    return sorted({f"{month:%Y-%m}" for month in (*used, *charged)}, reverse=True)[:MONTHS_SHOWN]


def _months_of(rows: QuerySet[Any], moment: str) -> list[datetime]:
    """The school months of a column, the latest first. One query."""
    months = rows.annotate(month=TruncMonth(moment, tzinfo=clock.SCHOOL_ZONE)).order_by("-month")
    return list(months.values_list("month", flat=True).distinct()[:MONTHS_SHOWN])


def _samples(user: User, month: str) -> SampleCharges:
    """The latest charges for samples in a month. One query."""
    rows = sample_charges_for(user)
    if month:
        since, until = _bounds(month)
        rows = rows.filter(charged_at__gte=since, charged_at__lt=until)
    found = list(rows[:SAMPLES_SHOWN])
    own = [one for one in found if one.request.requester_id == user.pk]
    return SampleCharges(own, [one for one in found if one.request.requester_id != user.pk])


def _chosen(request: HttpRequest, months: list[str]) -> str:
    asked = request.GET.get("month", "")
    return asked if asked in months else ""


def _bounds(month: str) -> tuple[datetime, datetime]:
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=clock.SCHOOL_ZONE)
    after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first, after


def _totals(records: QuerySet[UsageRecord], samples: SampleCharges) -> Totals:
    found = records.order_by().aggregate(uses=Count("pk"), powered=Sum("powered_ms"))
    # By a query of its own: a record with two charges would count its time twice.
    charged = Charge.objects.filter(record__in=records.order_by(), replaced_by__isnull=True)
    amount = (charged.aggregate(fen=Sum("amount_fen"))["fen"] or 0) + samples.own_fen
    pieces = sum(one.sample_count for one in samples.own)
    return Totals(found["uses"], found["powered"] or 0, amount, pieces)


def _rows(records: QuerySet[UsageRecord]) -> Iterator[tuple[Any, ...]]:
    for record in records.iterator(chunk_size=2000):
        charge = next(iter(reversed(list(record.charges.all()))), None)
        about = (
            record.instrument.asset_no,
            record.instrument.name,
            record.started_at,
            record.ended_at,
            (Decimal(record.powered_ms) / 3_600_000).quantize(Decimal("0.0001")),
            charge.fund.number if charge and charge.fund else "",
            charge.fee_version.approval_no if charge and charge.fee_version else "",
        )
        for line in (charge.lines if charge else []) or [{}]:
            yield (*about, *_line(line))


def _sample_rows(samples: SampleCharges) -> Iterator[tuple[Any, ...]]:
    for charge in (*samples.own, *samples.of_group):
        request = charge.request
        about = (
            request.instrument.asset_no if request.instrument else "",
            f"{request.number} {request.requester.username}",
            request.confirmed_at,
            request.tested_at or charge.charged_at,
            "",
            charge.fund.number if charge.fund else "",
            charge.fee_version.approval_no if charge.fee_version else "",
        )
        for line in charge.lines or [{"name_zh": "免费", "name_en": "Free of charge"}]:
            yield (*about, *_line(line))


def _line(line: dict[str, Any]) -> tuple[Any, ...]:
    if not line:
        return (_("not charged yet"),)
    return (
        local_name(line.get("name_zh", ""), line.get("name_en", "")),
        Decimal(str(line.get("quantity") or 0)),
        Decimal(line.get("price_fen") or 0) / 100,
        Decimal(str(line.get("rate") or 1)),
        Decimal(line.get("amount_fen") or 0) / 100,
    )
