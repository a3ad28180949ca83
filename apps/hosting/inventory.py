"""What changes hands with an instrument: written by one side, confirmed by the other. A thing has a number of
its own in its agreement, so that its photographs stay with it when its line is written anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid, NotPermitted, WrongState
from apps.hosting.models import Agreement, Inventory, InventoryItem
from apps.hosting.sides import locked, side_for, traced
from apps.people.models import User

State, Way = Agreement.State, Inventory.Way
MOST_ITEMS = 100
# In which states something changes hands.
WHEN = {Way.IN: (State.COUNTERSIGNED,), Way.OUT: (State.LEAVING, State.SUSPENDED, State.RUNNING)}


@dataclass(frozen=True)
class Thing:
    """One line of an inventory. `key` is the thing's number where it has one already; 0 asks for the number
    that a thing of this name has, else for a new one.
    """

    name: str
    quantity: int
    condition: str = InventoryItem.Condition.GOOD
    note: str = ""
    key: int = 0


@transaction.atomic
def write_inventory(
    *,
    agreement: Agreement,
    way: str,
    things: Sequence[Thing],
    by: User,
    now: datetime,
    note: str = "",
) -> Inventory:
    """A side writes down what changes hands; until the other side confirms it, it may be written anew by
    either.

    Raises NotPermitted `hosting.not_your_side`; Invalid `hosting.things`, `hosting.thing_key`; WrongState
    `hosting.moved`, `hosting.confirmed`.
    """
    side = side_for(agreement, by, now)
    row = locked(agreement, *WHEN[Way(way)])
    _require_things(things)
    known = row.inventories.filter(way=way).first()
    if known is not None and known.confirmed_at is not None:
        raise WrongState(_("Both sides have confirmed this inventory."), code="hosting.confirmed")
    keys = _keys(row, way, things)
    if known is None:
        known = Inventory.objects.create(agreement=row, way=way, side=side, by=by, at=now, note=note.strip())
    else:
        known.items.all().delete()
        known.side, known.by, known.at, known.note = side, by, now, note.strip()
        known.save(update_fields=["side", "by", "at", "note"])
    InventoryItem.objects.bulk_create(
        InventoryItem(
            inventory=known,
            place=place,
            key=key,
            name=one.name.strip(),
            quantity=one.quantity,
            condition=one.condition,
            note=one.note.strip(),
        )
        for place, (one, key) in enumerate(zip(things, keys, strict=True), 1)
    )
    traced("write_inventory", row, by, now, way=str(way), items=len(things))
    return known


@transaction.atomic
def confirm_inventory(*, agreement: Agreement, way: str, by: User, now: datetime) -> Inventory:
    """The other side confirms what is written. Raises NotPermitted `hosting.not_your_side`,
    `hosting.own_inventory`; WrongState `hosting.moved`, `hosting.no_inventory`, `hosting.confirmed`.
    """
    side = side_for(agreement, by, now)
    row = locked(agreement, *WHEN[Way(way)])
    known = row.inventories.filter(way=way).select_related("by").first()
    if known is None:
        raise WrongState(_("There is no inventory to confirm yet."), code="hosting.no_inventory")
    if known.confirmed_at is not None:
        raise WrongState(_("Both sides have confirmed this inventory."), code="hosting.confirmed")
    if known.by_id == by.pk or known.side == side:
        raise NotPermitted(_("The other side confirms it."), code="hosting.own_inventory")
    known.confirmed_by, known.confirmed_at = by, now
    known.save(update_fields=["confirmed_by", "confirmed_at"])
    traced("confirm_inventory", row, by, now, way=str(way))
    return known


def confirmed(agreement: Agreement, way: str) -> Inventory | None:
    """The inventory of a way that both sides have confirmed. One query."""
    return agreement.inventories.filter(way=way, confirmed_at__isnull=False).first()


def names_of(agreement: Agreement, way: str) -> dict[str, int]:
    """Which number a thing of a name has: in the inventory of this way, else where it was photographed, else
    in the other inventory. Three queries at most.
    """
    items = InventoryItem.objects.filter(inventory__agreement=agreement)
    photographed = agreement.photos.exclude(key=0).order_by("pk")
    found = dict(items.exclude(inventory__way=way).values_list("name", "key"))
    found |= dict(photographed.exclude(item="").values_list("item", "key"))
    return found | dict(items.filter(inventory__way=way).values_list("name", "key"))


def name_of(agreement: Agreement, way: str, key: int) -> str:
    """What the thing of a number is called: in the inventory of this way, else in the other, else where it
    was photographed; '' where no thing has the number. Two queries at most.
    """
    items = InventoryItem.objects.filter(inventory__agreement=agreement, key=key)
    called = dict(items.values_list("inventory__way", "name"))
    if called:
        return called.get(way) or next(iter(called.values()))
    return agreement.photos.filter(key=key).order_by("-pk").values_list("item", flat=True).first() or ""


def things_of(agreement: Agreement) -> dict[int, str]:
    """Every thing in the inventories by its number, as the latest inventory calls it. One query."""
    items = InventoryItem.objects.filter(inventory__agreement=agreement)
    return dict(items.order_by("inventory_id", "place").values_list("key", "name"))


def number_anew(agreement: Agreement) -> int:
    """A number that no thing of the agreement has had. The row is locked by the caller."""
    agreement.things += 1
    agreement.save(update_fields=["things"])
    return agreement.things


def _keys(row: Agreement, way: str, things: Sequence[Thing]) -> list[int]:
    """The number of each thing: its own, that of its name, or a new one. Raises Invalid `hosting.thing_key`
    for a number that was never given, or stands twice.
    """
    said = [one.key for one in things if one.key]
    if len(set(said)) < len(said) or any(not 0 < key <= row.things for key in said):
        raise Invalid(
            _("A sign with which a line ends (#1) stands twice, or belongs to nothing."),
            code="hosting.thing_key",
            field="things",
        )
    taken, called, keys = set(said), names_of(row, way), list[int]()
    for one in things:
        key = one.key or called.get(one.name.strip(), 0)
        if not one.key and (not key or key in taken):
            key = number_anew(row)
        taken.add(key)
        keys.append(key)
    return keys


def _require_things(things: Sequence[Thing]) -> None:
    names = [one.name.strip() for one in things]
    sound = all(
        name and len(name) <= 120 and 1 <= one.quantity <= 9999 and len(one.note) <= 200
        for name, one in zip(names, things, strict=True)
    )
    conditions = InventoryItem.Condition.values
    if (
        not things
        or len(things) > MOST_ITEMS
        or not sound
        or any(one.condition not in conditions for one in things)
    ):
        raise Invalid(
            _("An inventory wants at least one thing, each with a name, a number and a condition."),
            code="hosting.things",
            field="things",
        )
