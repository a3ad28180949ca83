"""Agreements about hosting that run, for programs: notice of exit, breaches, what changes hands, who bears
which repair. Notices and breaches begin as cases do, one floor up.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Status
from pydantic import Field

from apps.core import clock
from apps.core.api import Asked, Told, Ulid
from apps.core.errors import NotFound
from apps.hosting.api import router
from apps.hosting.models import Breach, ExitNotice, Inventory, InventoryItem, RepairCost, Side
from apps.hosting.photos import inventories_with_pictures
from apps.hosting.queries import find_agreement
from apps.hosting.repairs import bear_cost, costs_of, find_work, work_on
from apps.instruments.models import WorkOrder
from apps.people.views import viewer
from apps.tokens.auth import scoped
from apps.tokens.repeating import IdempotencyKey, once

MOST = 200


class ExitNoticeTold(Told):
    """A side gives the agreement up; everything runs until `ends_at`."""

    side: Side
    at: datetime
    reason: str
    ends_at: datetime


class BreachTold(Told):
    """What a side is said not to keep, and until when it may be mended. `settled_at` is null while it is
    warned.
    """

    ulid: str
    side: Side
    what: str
    reported_at: datetime
    cure_until: datetime
    state: Breach.State
    settled_at: datetime | None
    note: str


class HandedThingTold(Told):
    """A thing that changes hands. `key` is its number in the agreement, whatever it is called later; `photos`
    are the ULIDs of its photographs.
    """

    key: int
    name: str
    quantity: int
    condition: InventoryItem.Condition
    note: str
    photos: list[str]


class InventoryTold(Told):
    """What changes hands: 'in' to the host, 'out' back to the owner."""

    way: Inventory.Way
    at: datetime
    confirmed_at: datetime | None
    note: str
    things: list[HandedThingTold]


class RepairCostTold(Told):
    """What a repair has cost and who bears it, in fen; `terms` is the version that says so."""

    number: int
    terms: int
    cost_fen: int
    owner_permille: int
    owner_fen: int
    host_fen: int
    note: str
    at: datetime


class RepairTold(Told):
    """Work on the instrument that was begun under the agreement; `cost` is null until it is written down."""

    work_order: str
    summary: str
    opened_at: datetime
    closed_at: datetime | None
    cost: RepairCostTold | None


class RepairCostAsked(Asked):
    """What it has cost (fen)."""

    cost_fen: int = Field(ge=0, le=10**12)
    note: str = Field("", max_length=200)


@router.get(
    "/{ulid}/notice",
    response=ExitNoticeTold,
    **scoped("hosting:read", _("The notice of exit of an agreement")),
)
def exit_notice(request: HttpRequest, ulid: Ulid) -> ExitNotice:
    """404 `hosting.no_agreement`, `hosting.no_notice` where nobody has given it up."""
    found = ExitNotice.objects.filter(agreement=find_agreement(ulid, viewer(request), clock.now())).first()
    if found is None:
        raise NotFound(_("Nobody has given notice of exit."), code="hosting.no_notice")
    return found


@router.get(
    "/{ulid}/breaches", response=list[BreachTold], **scoped("hosting:read", _("Breaches of an agreement"))
)
def breaches(request: HttpRequest, ulid: Ulid) -> list[Breach]:
    """The latest first. 404 `hosting.no_agreement`."""
    agreement = find_agreement(ulid, viewer(request), clock.now())
    return list(agreement.breaches.order_by("-reported_at", "-pk")[:MOST])


@router.get(
    "/{ulid}/inventories",
    response=list[InventoryTold],
    **scoped("hosting:read", _("What changes hands with a hosted instrument")),
)
def inventories(request: HttpRequest, ulid: Ulid) -> list[InventoryTold]:
    """The inventory of the handover, then that of the return. They are written and confirmed as tasks. 404
    `hosting.no_agreement`.
    """
    agreement = find_agreement(ulid, viewer(request), clock.now())
    return [
        InventoryTold(
            way=Inventory.Way(one.inventory.way),
            at=one.inventory.at,
            confirmed_at=one.inventory.confirmed_at,
            note=one.inventory.note,
            things=[
                HandedThingTold(
                    key=line.item.key,
                    name=line.item.name,
                    quantity=line.item.quantity,
                    condition=InventoryItem.Condition(line.item.condition),
                    note=line.item.note,
                    photos=[photo.ulid for photo in line.photos],
                )
                for line in one.lines
            ],
        )
        for one in inventories_with_pictures(agreement, agreement.photos.order_by("pk"))
    ]


@router.get(
    "/{ulid}/repairs",
    response=list[RepairTold],
    **scoped("hosting:read", _("Repairs of a hosted instrument")),
)
def repairs(request: HttpRequest, ulid: Ulid) -> list[RepairTold]:
    """The latest work first, 200 at most. 404 `hosting.no_agreement`."""
    agreement = find_agreement(ulid, viewer(request), clock.now())
    costs = {one.work_order_id: one for one in costs_of(agreement).select_related("terms")}
    return [_repair(work, costs.get(work.pk)) for work in work_on(agreement)[:MOST]]


@router.put(
    "/{ulid}/repairs/{work_order}/cost",
    response=RepairTold,
    **scoped("hosting:write", _("Write down what a repair has cost")),
)
def bear_repair_cost(
    request: HttpRequest,
    ulid: Ulid,
    work_order: Ulid,
    wish: RepairCostAsked,
    idempotency_key: IdempotencyKey = None,
) -> "Status[Any]":
    """The host says what it has cost; it is divided as the terms of the day say on which the work was begun.
    The same cost again changes nothing, another one counts from now on. 403 `hosting.not_your_side`; 404
    `hosting.` no_agreement, no_work; 409 `hosting.not_hosted`; 422 `hosting.cost`.
    """

    def act() -> RepairTold:
        user, now = viewer(request), clock.now()
        work = find_work(find_agreement(ulid, user, now), work_order)
        return _repair(
            work, bear_cost(work_order=work, cost_fen=wish.cost_fen, note=wish.note, by=user, now=now)
        )

    return once(request, idempotency_key, act)


def _repair(work: WorkOrder, cost: RepairCost | None) -> RepairTold:
    return RepairTold(
        work_order=work.ulid,
        summary=work.summary,
        opened_at=work.opened_at,
        closed_at=work.closed_at,
        cost=None if cost is None else _cost(cost),
    )


def _cost(one: RepairCost) -> RepairCostTold:
    plain = ("number", "cost_fen", "owner_permille", "owner_fen", "host_fen", "note", "at")
    return RepairCostTold(terms=one.terms.number, **{name: getattr(one, name) for name in plain})
