"""Who bears what a repair of a hosted instrument has cost, by the terms of the day on which it was begun."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.apportioning import apportion
from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.outbox import publish
from apps.hosting.clauses import first_moment
from apps.hosting.models import Agreement, RepairCost, Side, TermsVersion
from apps.hosting.negotiating import terms_of
from apps.hosting.sides import locked, require_side, traced
from apps.instruments.models import WorkOrder
from apps.people.models import User

_MOST_FEN = 10**12


@transaction.atomic
def bear_cost(
    *, work_order: WorkOrder, cost_fen: int, by: User | None, now: datetime, note: str = ""
) -> RepairCost:
    """What a work order has cost (fen), divided between owner and host by the band of its cost. Written again
    with another cost, the later one counts; with the same, nothing changes.

    Raises Invalid `hosting.cost`; NotPermitted `hosting.not_your_side` for whoever does not act for the host;
    WrongState `hosting.not_hosted` for work that was not begun under an agreement.
    """
    if not 0 <= cost_fen <= _MOST_FEN:
        raise Invalid(_("This is no cost of a repair."), code="hosting.cost", field="cost_fen")
    agreement = agreement_at(work_order)
    require_side(agreement, Side.HOST, by, now)
    row = locked(agreement)
    last = RepairCost.objects.filter(work_order=work_order).order_by("-number").first()
    if last is not None and last.cost_fen == cost_fen:
        return last
    version = terms_at(row, work_order.opened_at)
    permille = terms_of(version).owner_bears(cost_fen)
    owner, host = apportion(cost_fen, [permille, 1000 - permille])
    made = RepairCost.objects.create(
        agreement=row,
        work_order=work_order,
        number=last.number + 1 if last else 1,
        terms=version,
        cost_fen=cost_fen,
        owner_permille=permille,
        owner_fen=owner,
        host_fen=host,
        note=note.strip()[:200],
        by=by,
        at=now,
    )
    traced("bear_cost", row, by, now, work_order=work_order.ulid, cost_fen=cost_fen, owner_fen=owner)
    publish("hosting.cost_borne", now=now, agreement=row.ulid, cost=made.ulid)
    return made


def agreement_at(work_order: WorkOrder) -> Agreement:
    """The agreement under whose clauses work on an instrument was begun: none for what was begun before their
    first day. Raises WrongState `hosting.not_hosted`.
    """
    begun = work_order.opened_at
    rows = Agreement.objects.filter(instrument=work_order.instrument_id, started_at__lte=begun)
    found = rows.exclude(ended_at__lte=begun).select_related("group__pi", "facility__lab", "terms").first()
    since = None if found is None else counts_from(found)
    if found is None or since is None or begun < since:
        raise WrongState(
            _("This work was not begun under an agreement about hosting."), code="hosting.not_hosted"
        )
    return found


def terms_at(agreement: Agreement, at: datetime) -> TermsVersion:
    """The version of the terms that counted at a moment: the last one that everybody had signed by then and
    whose first day had come. One query.
    """
    rows = agreement.versions.filter(signatures__side=Side.OFFICE, signatures__at__lte=at)
    begun = (one for one in rows.order_by("-number") if first_moment(terms_of(one)) <= at)
    found = next(begun, agreement.terms)
    if found is None:
        raise WrongState(_("No terms are agreed."), code="hosting.moved", state=agreement.state)
    return found


def counts_from(agreement: Agreement) -> datetime | None:
    """From when the clauses count: the handover, or the first day of the first terms where that is later.
    None before the handover. One query.
    """
    if agreement.started_at is None:
        return None
    signed = agreement.versions.filter(signatures__side=Side.OFFICE)
    first = signed.order_by("number").first() or agreement.terms
    if first is None:
        return agreement.started_at
    return max(agreement.started_at, first_moment(terms_of(first)))


def work_on(agreement: Agreement) -> QuerySet[WorkOrder]:
    """The work that was begun on the instrument under the clauses of the agreement, newest first."""
    since = counts_from(agreement)
    if since is None:
        return WorkOrder.objects.none()
    rows = WorkOrder.objects.filter(instrument=agreement.instrument_id, opened_at__gte=since).order_by(
        "-opened_at", "-pk"
    )
    return rows if agreement.ended_at is None else rows.filter(opened_at__lt=agreement.ended_at)


def find_work(agreement: Agreement, ulid: str) -> WorkOrder:
    """Work on the instrument of the agreement. Raises NotFound `hosting.no_work`."""
    found = WorkOrder.objects.filter(ulid=ulid, instrument=agreement.instrument_id).first()
    if found is None or agreement.instrument_id is None:
        raise NotFound(_("There is no such work on the instrument."), code="hosting.no_work")
    return found


def costs_of(agreement: Agreement) -> QuerySet[RepairCost]:
    """The costs that count, newest first, with their work orders. One query."""
    later = RepairCost.objects.filter(agreement=agreement).values_list("work_order", "number")
    latest: dict[int, int] = {}
    for order, number in later:
        latest[order] = max(number, latest.get(order, 0))
    rows = RepairCost.objects.filter(agreement=agreement).select_related("work_order")
    superseded = [cost.pk for cost in rows if cost.number != latest[cost.work_order_id]]
    return rows.exclude(pk__in=superseded).order_by("-at", "-pk")
