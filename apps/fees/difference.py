"""What a proposal changes: the difference between two sheets, member by member. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from apps.fees.content import Item, Sheet

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `item` is the code of an item (empty: the sheet), `field` the path of a member
    ('prices.internal_fen'), empty where a whole item came or went. Values are those of the content: numbers,
    texts, None.
    """

    kind: str
    item: str
    field: str
    old: Any = None
    new: Any = None

    @property
    def is_price(self) -> bool:
        return self.field.startswith("prices.")


def difference(old: Sheet | None, new: Sheet) -> tuple[Change, ...]:
    """Everything in which a sheet differs from the one before, items in their new order, those that went at
    the end. Against no sheet before everything is added.
    """
    before = {item.code: item for item in old.items} if old else {}
    after = {item.code for item in new.items}
    return (
        *(change for item in new.items for change in _of_item(before.get(item.code), item)),
        *(Change(REMOVED, code, "", old=item) for code, item in before.items() if code not in after),
        *_of_sheet(old or Sheet(new.instrument), new),
    )


def price_changes(old: Sheet | None, new: Sheet) -> tuple[Change, ...]:
    """Only the prices that changed, came or went, of items that are in both or in one of them."""
    found = []
    for change in difference(old, new):
        if change.is_price:
            found.append(change)
        elif change.field == "" and change.kind != CHANGED:
            found += _prices_of(change)
    return tuple(found)


def _of_item(old: Item | None, new: Item) -> Iterator[Change]:
    if old is None:
        yield Change(ADDED, new.code, "", new=new)
        return
    for path, before, after in _members(old, new, ""):
        yield Change(CHANGED, new.code, path, before, after)


def _of_sheet(old: Sheet, new: Sheet) -> Iterator[Change]:
    for name in ("terms", "hours", "references", "note"):
        for path, before, after in _members(getattr(old, name), getattr(new, name), name):
            yield Change(CHANGED, "", path, before, after)


def _members(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """The leaves in which two values differ. A part that one of them does not have is one difference."""
    if old == new:
        return
    same_kind = is_dataclass(new) and type(old) is type(new)
    if not same_kind:
        yield path, old, new
        return
    for member in fields(new):
        name = f"{path}.{member.name}" if path else member.name
        yield from _members(getattr(old, member.name), getattr(new, member.name), name)


def _prices_of(change: Change) -> list[Change]:
    item: Item = change.new or change.old
    prices = ((member.name, getattr(item.prices, member.name)) for member in fields(item.prices))
    return [
        Change(
            change.kind,
            item.code,
            f"prices.{name}",
            fen if change.kind == REMOVED else None,
            fen if change.kind == ADDED else None,
        )
        for name, fen in prices
        if fen is not None
    ]
