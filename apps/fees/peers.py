"""The peers of an item: what the same thing costs on other machines of the same class and grade, for the same
function, service mode and unit. With enough of them quartiles, below that a list. The summary is pure; the
rows come by one query.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import Q

from apps.core.clock import school_time
from apps.core.money import round_fen
from apps.core.periods import in_force
from apps.fees.assets import Asset
from apps.fees.content import PARTS, Item, Parts
from apps.fees.models import FeeItem, OutsidePrice

GRADES = ("routine", "research", "flagship")  # from the plainest to the best


@dataclass(frozen=True, slots=True)
class Peer:
    """One price of another machine in force, with what a unit costs there where that is known. A machine of
    another institution has neither `instrument` nor `version`; its `source` says where the price was found.
    """

    instrument: str
    asset_no: str
    name_zh: str
    name_en: str
    grade: str
    price_fen: int
    parts: Parts | None
    version: str
    approval_no: str
    approved_on: str
    institution_zh: str = ""
    institution_en: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The five numbers of a box plot, in fen."""

    least_fen: int
    q1_fen: int
    median_fen: int
    q3_fen: int
    most_fen: int


@dataclass(frozen=True, slots=True)
class Peers:
    """Those of the same grade, cheapest first, with their summary (None when there are too few); and the rest
    of the class, for whoever would compare across grades.
    """

    same: tuple[Peer, ...] = ()
    others: tuple[Peer, ...] = ()
    summary: Summary | None = None

    @property
    def is_listed(self) -> bool:
        """Too few to summarise: list them."""
        return self.summary is None


Key = tuple[str, str, str]  # instrument (ULID), code of the item, tier


def quantile(ordered: Sequence[int], part: Fraction) -> Fraction:
    """The quantile of ordered numbers, by linear interpolation between the closest ranks: Hyndman and Fan's
    definition 7 (1996), the one of spreadsheets (QUARTILE.INC). Exact.
    """
    place = (len(ordered) - 1) * part
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median(numbers: Iterable[int]) -> Fraction:
    """The middle of some numbers, exact. Raises ValueError for none."""
    ordered = sorted(numbers)
    if not ordered:
        raise ValueError("nothing has no middle")
    return quantile(ordered, Fraction(1, 2))


def summarise(prices: Iterable[int], minimum: int) -> Summary | None:
    """The five numbers of some prices, each rounded half up; None below `minimum` of them."""
    ordered = sorted(prices)
    if len(ordered) < max(minimum, 1):
        return None
    quarters = (quantile(ordered, Fraction(number, 4)) for number in (1, 2, 3))
    q1, middle, q3 = (round_fen(quarter) for quarter in quarters)
    return Summary(ordered[0], q1, middle, q3, ordered[-1])


def find_peers(wanted: Collection[tuple[Asset, Item]], *, at: datetime, minimum: int) -> Mapping[Key, Peers]:
    """The peers of every priced tier of every item, from versions in force at a moment. An item that names no
    function is compared with its whole class. Two queries, whatever the number of items; none without.
    """
    if not wanted:
        return {}
    rows = [*_own_rows(wanted, at), *_outside_rows(wanted, at)]
    found: dict[Key, Peers] = {}
    for asset, item in wanted:
        near = [row for row in rows if row["class6"] == asset.class6 and _is_like(row, item)]
        for tier in sorted({row["tier"] for row in near}):
            priced = [row for row in near if row["tier"] == tier and row["ulid"] != asset.instrument]
            found[asset.instrument, item.code, tier] = _peers(priced, asset.grade, minimum)
    return found


def _peers(rows: Iterable[Mapping[str, Any]], grade: str, minimum: int) -> Peers:
    peers = sorted((_peer(row) for row in rows), key=lambda peer: (peer.price_fen, peer.asset_no))
    same = tuple(peer for peer in peers if peer.grade == grade)
    others = tuple(peer for peer in peers if peer.grade != grade)
    return Peers(same, others, summarise((peer.price_fen for peer in same), minimum))


def _is_like(row: Mapping[str, Any], item: Item) -> bool:
    same = (row["service_mode"], row["unit"]) == (item.service_mode, item.unit)
    return same and (not item.function or row["function"] == item.function)


_COLUMNS = {
    "ulid": "version__instrument__ulid",
    "asset_no": "version__instrument__asset_no",
    "name_zh": "version__instrument__name_zh",
    "name_en": "version__instrument__name_en",
    "grade": "version__instrument__grade",
    "class6": "version__instrument__class6",
    "version_ulid": "version__ulid",
    "approval_no": "version__approval_no",
    "valid_from": "version__valid_from",
}
_OUTSIDE = ("institution_zh", "institution_en", "source")
_OWN = ("service_mode", "unit", "function", "tier", "price_fen", *(f"{part}_e4" for part in PARTS))


def _own_rows(wanted: Collection[tuple[Asset, Item]], at: datetime) -> list[dict[str, Any]]:
    kinds = Q()
    for asset, item in sorted(wanted, key=lambda pair: (pair[0].asset_no, pair[1].code)):
        kind = Q(version__instrument__class6=asset.class6, service_mode=item.service_mode, unit=item.unit)
        kinds |= kind & Q(function=item.function) if item.function else kind
    rows = (
        FeeItem.objects.filter(kinds, in_force(at, "version__"), version__instrument__retired_at__isnull=True)
        .order_by()
        .values_list(*_COLUMNS.values(), *_OWN)
    )
    names = (*_COLUMNS, *_OWN)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _outside_rows(wanted: Collection[tuple[Asset, Item]], at: datetime) -> list[dict[str, Any]]:
    """Published prices of other institutions; a machine there is known by its institution and name."""
    kinds = Q()
    for asset, item in wanted:
        kind = Q(class6=asset.class6, service_mode=item.service_mode, unit=item.unit)
        kinds |= kind & Q(function=item.function) if item.function else kind
    rows = OutsidePrice.objects.filter(kinds, in_force(at)).order_by()
    names = ("name_zh", "name_en", "grade", "class6", "valid_from", *_OUTSIDE, *_OWN)
    blank = {"ulid": "", "asset_no": "", "version_ulid": "", "approval_no": ""}
    return [{**blank, **dict(zip(names, row, strict=True))} for row in rows.values_list(*names)]


def _peer(row: Mapping[str, Any]) -> Peer:
    told = {f"{part}_e4": row[f"{part}_e4"] for part in PARTS}
    parts = Parts(**told) if any(value is not None for value in told.values()) else None
    return Peer(
        instrument=row["ulid"],
        asset_no=row["asset_no"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        grade=row["grade"],
        price_fen=row["price_fen"],
        parts=parts,
        version=row["version_ulid"],
        approval_no=row["approval_no"],
        approved_on=school_time(row["valid_from"]).date().isoformat(),
        **{name: row[name] for name in _OUTSIDE if name in row},
    )
