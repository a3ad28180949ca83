"""How the income of a hosted instrument is divided: a dated split, and rows of each month that sum to its
income to the last fen. What is corrected later leads to correcting rows; nothing is ever changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, Model, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.billing.models import (
    Allocation,
    BookingCharge,
    BookingRefund,
    Charge,
    IncomeShare,
    IncomeSplit,
    SampleCharge,
)
from apps.core.apportioning import WHOLE, apportion
from apps.core.clock import school_midnight, school_month_start
from apps.core.errors import Invalid
from apps.core.outbox import publish
from apps.core.periods import give_way, in_force, not_over
from apps.instruments.models import Instrument

_PAST_A_MONTH = timedelta(days=32)
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    """A party of a split, in words, with its parts of a thousand."""

    party: str
    name_zh: str
    name_en: str
    permille: int


@dataclass(frozen=True)
class Divided:
    """What was allocated of a month to one share, all runs together."""

    share: IncomeShare
    amount_fen: int


def require_whole(permille: Iterable[int]) -> None:
    """Shares make exactly the whole. Raises Invalid `billing.shares` with their sum, in per cent."""
    parts = list(permille)
    total = sum(parts)
    if total != WHOLE or any(part < 0 for part in parts):
        raise Invalid(
            _("The shares make %(sum)s %%, and not 100 %%.") % {"sum": percent(total)},
            code="billing.shares",
            field="shares",
            total_permille=total,
        )


def percent(permille: int) -> str:
    """Parts of a thousand as per cent, '33.3'."""
    whole, rest = divmod(permille, 10)
    return f"{whole}.{rest}" if rest else str(whole)


@transaction.atomic
def divide_income(
    *,
    instrument: Instrument,
    parts: Sequence[Part],
    source: str,
    now: datetime,
    begins: datetime | None = None,
) -> IncomeSplit:
    """From now on, or from `begins` where that is later, income of the instrument is divided so; what counted
    before ends then. Asked again for the same, the split that there is. Raises Invalid `billing.shares`.
    """
    require_whole(part.permille for part in parts)
    begins = max(now, begins or now)
    Instrument.objects.select_for_update(no_key=True).get(pk=instrument.pk)
    current = split_of(instrument, begins)
    rows = IncomeSplit.objects.filter(not_over(begins), instrument=instrument)
    if (
        current is not None
        and current.source == source
        and _parts_of(current) == list(parts)
        and len(rows) == 1
    ):
        return current
    give_way(rows, begins=begins, now=now)
    split = IncomeSplit.objects.create(instrument=instrument, source=source, valid_from=begins)
    IncomeShare.objects.bulk_create(
        IncomeShare(
            split=split,
            place=place,
            party=part.party,
            name_zh=part.name_zh,
            name_en=part.name_en,
            permille=part.permille,
        )
        for place, part in enumerate(parts, 1)
    )
    return split


def end_division(*, source: str, now: datetime) -> int:
    """Uses that begin from now on are divided no more; earlier ones are, whenever they are charged. Returns
    how many splits ended.
    """
    return give_way(IncomeSplit.objects.filter(source=source), begins=now, now=now)


def split_of(instrument: Instrument, at: datetime) -> IncomeSplit | None:
    """The split that counts at a moment. One query."""
    return IncomeSplit.objects.filter(in_force(at), instrument=instrument).order_by("-valid_from").first()


@transaction.atomic
def allocate(*, split: IncomeSplit, month: str, now: datetime) -> list[Allocation]:
    """Divide what the month has brought and was not divided yet. Run again, nothing comes of it unless the
    income of the month has changed. The rows of a run sum to its base to the last fen, and so do all of them
    to the income of the month. Raises Invalid `billing.month` for what is no month.
    """
    IncomeSplit.objects.select_for_update(no_key=True).get(pk=split.pk)
    shares = list(split.shares.all())
    income = income_under(split, month)
    known = _allocated(split, month)
    wanted = apportion(income, [share.permille for share in shares])
    changes = [fen - known.get(share.pk, 0) for share, fen in zip(shares, wanted, strict=True)]
    if not any(changes):
        return []
    run = (_rows(split, month).aggregate(last=Max("run"))["last"] or 0) + 1
    made = Allocation.objects.bulk_create(
        Allocation(share=share, month=month, run=run, base_fen=sum(changes), amount_fen=fen, at=now)
        for share, fen in zip(shares, changes, strict=True)
    )
    publish("billing.allocated", now=now, split=split.ulid, month=month, run=run)
    return made


def allocate_month(*, month: str, now: datetime) -> int:
    """`allocate` for every split that may have income in the month. Returns how many rows were made."""
    splits = IncomeSplit.objects.filter(valid_from__lt=bounds(month)[1]).order_by("pk")
    return sum(len(allocate(split=split, month=month, now=now)) for split in splits)


def moved_under(month: str) -> QuerySet[IncomeSplit]:
    """The splits under which something was charged in a month, or went back, also when they had ended long
    before. One query.
    """
    first, last = bounds(month)
    began = {"gte": OuterRef("valid_from"), "lt": OuterRef("over")}

    def moved(model: type[Model], instrument: str, start: str, at: str) -> Exists:
        when = {f"{at}__gte": first, f"{at}__lt": last, instrument: OuterRef("instrument")}
        rows = model._default_manager.filter(**when, **{f"{start}__{how}": ref for how, ref in began.items()})
        return Exists(rows)

    return IncomeSplit.objects.annotate(over=Coalesce("revoked_at", "valid_until", Value(_NEVER))).filter(
        moved(Charge, "record__instrument", "record__started_at", "charged_at")
        | moved(SampleCharge, "request__instrument", "request__tested_at", "charged_at")
        | moved(BookingCharge, "booking__instrument", "booking__start", "charged_at")
        | moved(BookingRefund, "charge__booking__instrument", "charge__booking__start", "at")
    )


def divided(source: str, month: str) -> list[Divided]:
    """What an agreement brought each of its parties in a month, in the order of the shares. One query."""
    rows = (
        IncomeShare.objects.filter(split__source=source)
        .annotate(fen=Sum("allocations__amount_fen", filter=Q(allocations__month=month)))
        .order_by("split", "place")
    )
    return [Divided(row, row.fen) for row in rows if row.fen is not None]


def income_under(split: IncomeSplit, month: str) -> int:
    """What the instrument has earned (fen) with uses, samples and parts of fees that began under the split,
    as booked in a month of the school's calendar: charges less what went back. Six queries.
    """
    first, last = bounds(month)
    charges = Charge.objects.filter(
        _began(split, "record__started_at"), record__instrument_id=split.instrument_id, **_in(first, last)
    )
    samples = SampleCharge.objects.filter(
        _began(split, "request__tested_at"), request__instrument_id=split.instrument_id, **_in(first, last)
    )
    parts = BookingCharge.objects.filter(
        _began(split, "booking__start"), booking__instrument_id=split.instrument_id, **_in(first, last)
    )
    refunds = BookingRefund.objects.filter(
        _began(split, "charge__booking__start"),
        charge__booking__instrument_id=split.instrument_id,
        at__gte=first,
        at__lt=last,
    )
    return (
        _sum(charges, "amount_fen")
        - _sum(charges.filter(reversal__isnull=False), "replaces__amount_fen")
        + _sum(samples, "amount_fen")
        - _sum(samples.filter(reversal__isnull=False), "replaces__amount_fen")
        + _sum(parts, "amount_fen")
        - _sum(refunds, "charge__amount_fen")
    )


def bounds(month: str) -> tuple[datetime, datetime]:
    """A month of the school's calendar as [start, end). Raises Invalid `billing.month`."""
    try:
        first = school_midnight(datetime.strptime(f"{month}-01", "%Y-%m-%d").date())  # noqa: DTZ007 - a day
    except ValueError as error:
        raise Invalid(_("This is not a month."), code="billing.month", field="month") from error
    return first, school_month_start(first + _PAST_A_MONTH)


def _in(first: datetime, last: datetime) -> dict[str, datetime]:
    return {"charged_at__gte": first, "charged_at__lt": last}


def _began(split: IncomeSplit, field: str) -> Q:
    last = split.revoked_at or split.valid_until
    return Q(**{f"{field}__gte": split.valid_from}) & (Q() if last is None else Q(**{f"{field}__lt": last}))


def _sum(rows: QuerySet[Any], field: str) -> int:
    return int(rows.order_by().aggregate(fen=Sum(F(field)))["fen"] or 0)


def _rows(split: IncomeSplit, month: str) -> QuerySet[Allocation]:
    return Allocation.objects.filter(share__split=split, month=month)


def _allocated(split: IncomeSplit, month: str) -> dict[int, int]:
    rows = _rows(split, month).values_list("share_id").annotate(fen=Sum("amount_fen"))
    return {pk: int(fen) for pk, fen in rows}


def _parts_of(split: IncomeSplit) -> list[Part]:
    return [Part(one.party, one.name_zh, one.name_en, one.permille) for one in split.shares.all()]
