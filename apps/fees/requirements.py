"""What a fee standard must be before it can be approved: terms that can be, and items of which each says the
price of one thing. Raises Invalid; changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from apps.fees.clocktimes import meet, minute_of
from apps.fees.content import (
    BLOCK,
    COMPONENT,
    FURTHER,
    HOUR,
    MODES,
    PERIOD,
    POINT,
    SAMPLE,
    TIERS,
    UNITS,
    Parts,
    Terms,
)

RATES = (
    *("night_rate", "weekend_rate", "rush_rate", "repeat_rate", "own_group_rate", "hosted_owner_rate"),
    *("department_rate", "prepaid_rate"),
)
_LONGEST_RATE = 10
_LONGEST_DAY = 60 * 24 * 366
# Of these a mode may have several: each has a name of its own, and the asker says which.
_SEVERAL = frozenset({COMPONENT, POINT, BLOCK})
_LENGTHS = frozenset({PERIOD, FURTHER})


@dataclass(frozen=True)
class ItemDraft:
    """One price to be approved: `price_fen` for one `unit` of one tier. What the other members mean is said
    by `content.Item`.
    """

    code: str
    name_zh: str
    name_en: str
    service_mode: str
    unit: str
    tier: str
    price_fen: int
    position: int = 0
    function: str = ""
    unit_minutes: int = 0
    block_start: str = ""
    block_end: str = ""
    follows: str = ""
    following_rate: str = "1"
    parts: Parts = field(default_factory=Parts)


def rate_of(text: str) -> Decimal | None:
    """A factor as a number; None for what is none: text, negative, infinite, too long."""
    try:
        rate = Decimal(text)
    except InvalidOperation:
        return None
    return rate if rate.is_finite() and rate >= 0 and len(text) <= _LONGEST_RATE else None


def wrong_terms(terms: Terms) -> list[str]:
    """The members of the terms that cannot be, in order."""
    wrong = {
        "minimum_minutes": terms.minimum_minutes < 0,
        "minimum_fen": terms.minimum_fen < 0,
        "cap_fen": terms.cap_fen is not None and terms.cap_fen < max(terms.minimum_fen, 0),
        "billing_step_seconds": terms.billing_step_seconds < 1,
        "night_start_hour": not 0 <= terms.night_start_hour < 24,
        "night_end_hour": not 0 <= terms.night_end_hour < 24,
        "prepaid_from_fen": terms.prepaid_from_fen < 0,
        "weekend_night_rate": bool(terms.weekend_night_rate) and rate_of(terms.weekend_night_rate) is None,
    }
    wrong |= {name: rate_of(getattr(terms, name)) is None for name in RATES}
    # What is said to be less is not more.
    for name in ("own_group_rate", "hosted_owner_rate", "department_rate", "prepaid_rate"):
        wrong[name] = wrong[name] or Decimal(getattr(terms, name)) > 1
    return [name for name, is_wrong in wrong.items() if is_wrong]


def require_terms(terms: Terms) -> None:
    """Raises Invalid `fees.terms` with the first member that cannot be."""
    for name in wrong_terms(terms):
        raise Invalid(_("This term of the fee standard cannot be."), code="fees.terms", field=name)


def require_items(items: Sequence[ItemDraft]) -> None:
    """Raises Invalid `fees.items` (none), `fees.price`, `fees.item_twice`, `fees.item_shape`,
    `fees.blocks_meet`, `fees.block_follows`.
    """
    if not items:
        raise Invalid(_("A fee standard needs at least one item."), code="fees.items", field="items")
    seen: set[tuple[str, ...]] = set()
    for item in items:
        _require_item(item)
        for key in _keys(item):
            if key in seen:
                raise Invalid(
                    _("Two items say the price of the same thing."),
                    code="fees.item_twice",
                    field="items",
                    item=item.code,
                    tier=item.tier,
                )
            seen.add(key)
    _require_shapes(items)
    _require_blocks(items)


def _require_item(item: ItemDraft) -> None:
    known = item.service_mode in MODES and item.unit in UNITS and item.tier in TIERS
    if not known or not item.code or item.price_fen < 0 or rate_of(item.following_rate) is None:
        raise Invalid(
            _("This price cannot be read."), code="fees.price", field="items", item=item.code, tier=item.tier
        )
    measured = 0 < item.unit_minutes <= _LONGEST_DAY
    if (item.unit in _LENGTHS) != measured:
        raise _shape(item, _("A started period has a length, and nothing else has one."))


def _keys(item: ItemDraft) -> Iterator[tuple[str, ...]]:
    """One price for one unit: a second would be added to it, or hide it. Samples that are sent in are told
    apart by their code.
    """
    yield "code", item.code, item.tier
    several = item.unit in _SEVERAL or (item.unit, item.service_mode) == (SAMPLE, "sample")
    if not several:
        yield "unit", item.service_mode, item.unit, item.tier


def _require_shapes(items: Sequence[ItemDraft]) -> None:
    """Time has one price: by the hour (with blocks that have their own), or by started periods."""
    units: dict[tuple[str, str], set[str]] = {}
    for item in items:
        units.setdefault((item.service_mode, item.tier), set()).add(item.unit)
    for item in items:
        beside = units[item.service_mode, item.tier]
        if item.unit == PERIOD and beside & {HOUR, BLOCK}:
            raise _shape(item, _("Time is priced by the hour or by started periods, not by both."))
        if item.unit == FURTHER and PERIOD not in beside:
            raise _shape(item, _("Further periods come after a first one."))


def _require_blocks(items: Sequence[ItemDraft]) -> None:
    by_place: dict[tuple[str, str], list[ItemDraft]] = {}
    for item in items:
        if item.unit == BLOCK:
            by_place.setdefault((item.service_mode, item.tier), []).append(item)
        elif item.follows or item.block_start or item.block_end:
            raise _shape(item, _("Only a block of time has a beginning and an end."))
    for blocks in by_place.values():
        _require_apart(blocks)
        _require_order(blocks)


def _require_apart(blocks: Sequence[ItemDraft]) -> None:
    times = [(item, _times(item)) for item in blocks]
    for number, (item, one) in enumerate(times):
        for _other, other in times[:number]:
            if meet(one, other):
                raise Invalid(
                    _("Two blocks share a time of the day."),
                    code="fees.blocks_meet",
                    field="items",
                    item=item.code,
                )


def _times(item: ItemDraft) -> tuple[int, int]:
    start, end = minute_of(item.block_start), minute_of(item.block_end)
    if start is None or end is None or start == end or end == 0:
        raise _shape(item, _("A block goes from a time like 17:30 to another; 24:00 ends the day."))
    return start, end


def _require_order(blocks: Iterable[ItemDraft]) -> None:
    """A block follows one that ends where it begins: so no chain can come back to itself but around a day."""
    by_code = {item.code: item for item in blocks}
    for item in by_code.values():
        if not item.follows:
            continue
        before = by_code.get(item.follows)
        if before is None or _times(before)[1] % 1440 != _times(item)[0] % 1440:
            raise Invalid(
                _("A block follows another that ends where it begins."),
                code="fees.block_follows",
                field="items",
                item=item.code,
            )


def _shape(item: ItemDraft, words: object) -> Invalid:
    return Invalid(str(words), code="fees.item_shape", field="items", item=item.code, tier=item.tier)
