"""The owner's monthly statement: figures that are given and frozen, what each party got of the income, and
repairs. It is made once; what is corrected later stands in the month in which it is corrected.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.billing.allocating import allocate, bounds, divided, moved_under
from apps.billing.models import IncomeSplit
from apps.core.clock import school_month, school_month_start
from apps.core.errors import WrongState
from apps.core.figures import Figure
from apps.core.outbox import publish
from apps.hosting.content import OWNER
from apps.hosting.models import SOURCE, Agreement, RepairCost, Statement


@transaction.atomic
def make_statement(
    *, agreement: Agreement, month: str, figures: Mapping[str, Figure], now: datetime
) -> Statement:
    """The statement of a month that is over, with the figures of the instrument as they are then; asked
    again, the one that was made. Allocates what the month has brought first.

    Raises Invalid `billing.month`; WrongState `hosting.month_runs`, `hosting.not_then` for a month in which
    the agreement was never in force.
    """
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    known = agreement.statements.filter(month=month).first()
    if known is not None:
        return known
    first, last = bounds(month)
    if now < last:
        raise WrongState(_("This month is not over yet."), code="hosting.month_runs")
    if agreement.started_at is None or agreement.started_at >= last:
        raise WrongState(_("The agreement was not in force in this month."), code="hosting.not_then")
    for split in IncomeSplit.objects.filter(source=agreement.source):
        allocate(split=split, month=month, now=now)
    content = _content(agreement, month, figures, first, last)
    made = Statement.objects.create(
        agreement=agreement,
        month=month,
        at=now,
        income_fen=sum(one["amount_fen"] for one in content["shares"]),
        owner_fen=sum(one["amount_fen"] for one in content["shares"] if one["party"] == OWNER),
        repairs_fen=sum(one["owner_fen"] for one in content["repairs"]),
        content=content,
    )
    publish(
        "hosting.statement_made",
        now=now,
        agreement=agreement.ulid,
        month=month,
        statement=made.ulid,
    )
    return made


def preview(agreement: Agreement, month: str, figures: Mapping[str, Figure]) -> dict[str, Any]:
    """What the statement of a month would say so far. Writes nothing."""
    first, last = bounds(month)
    return _content(agreement, month, figures, first, last)


def owed(month: str) -> QuerySet[Agreement]:
    """The agreements that have no statement of a month and were in force in it, or had ended by then while
    money of theirs still moved: a use was corrected, a repair was paid. Three queries: only the splits of
    those that had ended are looked through.
    """
    first, last = bounds(month)
    ended = Agreement.objects.filter(ended_at__lte=first, started_at__isnull=False)
    over = ended.exclude(statements__month=month).values_list("ulid", flat=True)
    moved = moved_under(month).filter(source__in=[f"{SOURCE}{ulid}" for ulid in over])
    late = Q(ulid__in=[split.source.removeprefix(SOURCE) for split in moved])
    late |= Q(pk__in=RepairCost.objects.filter(at__gte=first, at__lt=last).values("agreement"))
    in_force = Q(ended_at__isnull=True) | Q(ended_at__gt=first)
    rows = Agreement.objects.filter(in_force | late, started_at__lt=last).exclude(statements__month=month)
    return rows.select_related("group__pi", "facility", "instrument", "terms").order_by("pk")


def months_before(now: datetime, many: int) -> list[str]:
    """So many months of the school's calendar that are over, the last one last."""
    found, start = [], school_month_start(now)
    for _number in range(many):
        start = school_month_start(start - timedelta(hours=1))
        found.append(school_month(start))
    return found[::-1]


def _content(
    agreement: Agreement, month: str, figures: Mapping[str, Figure], first: datetime, last: datetime
) -> dict[str, Any]:
    return {
        "month": month,
        "figures": {key: one.as_json() for key, one in sorted(figures.items())},
        "shares": [
            {
                "party": one.share.party,
                "name_zh": one.share.name_zh,
                "name_en": one.share.name_en,
                "permille": one.share.permille,
                "amount_fen": one.amount_fen,
            }
            for one in divided(agreement.source, month)
        ],
        "repairs": [
            {
                "work_order": cost.work_order.ulid,
                "summary": cost.work_order.summary,
                "cost_fen": cost.cost_fen - before.get(cost.work_order_id, (0, 0))[0],
                "owner_fen": cost.owner_fen - before.get(cost.work_order_id, (0, 0))[1],
            }
            for before, cost in _repairs(agreement, first, last)
        ],
    }


def _repairs(
    agreement: Agreement, first: datetime, last: datetime
) -> list[tuple[dict[int, tuple[int, int]], RepairCost]]:
    """The costs written in the month, the last of each work order, each with what was told of it before."""
    rows = RepairCost.objects.filter(agreement=agreement, at__lt=last).select_related("work_order")
    before: dict[int, tuple[int, int]] = {}
    written: dict[int, RepairCost] = {}
    for cost in rows.order_by("number"):
        if cost.at < first:
            before[cost.work_order_id] = (cost.cost_fen, cost.owner_fen)
        else:
            written[cost.work_order_id] = cost
    return [(before, cost) for cost in written.values()]
