"""Checks of prices: against what a unit costs, against each other, the peers, and customs. Pure."""

from collections.abc import Iterator
from fractions import Fraction

from apps.fees.content import EXTERNAL, TIERS, Item, Parts
from apps.fees.cost import E4_PER_FEN, fen_of
from apps.fees.findings import BLOCK, NOTE, WARN, Finding
from apps.fees.peers import GRADES, Peers, median
from apps.fees.sight import Sight, percent, ratio

_LETTER = {"self": "S", "assisted": "A", "sample": "T"}
# Dearer from left to right; the tiers of one's own are never dearer than internal.
_ORDER = (
    ("internal", "external_academic"),
    ("external_academic", "enterprise"),
    ("own_group", "internal"),
    ("hosted_owner", "internal"),
)


def check_prices(seen: Sight) -> Iterator[Finding]:
    """Everything about the prices of a sheet, item by item."""
    for item in seen.sheet.items:
        priced = [(tier, fen) for tier in TIERS if (fen := item.prices.of(tier)) is not None]
        if not priced:
            yield seen.finding("fees.price.none", BLOCK, item, "prices")
        yield from _check_single(seen, item)
        parts = seen.parts_of(item)
        for tier, fen in priced:
            if fen < 0:
                yield seen.finding("fees.price.negative", BLOCK, item, _member(tier), tier=tier)
            elif parts is not None:
                yield from _check_against_cost(seen, item, tier, fen, parts)
            yield from _check_against_peers(seen, item, tier, fen)


def _check_single(seen: Sight, item: Item) -> Iterator[Finding]:
    """What is asked once of an item."""
    for cheap, dear in _ORDER:
        low, high = item.prices.of(cheap), item.prices.of(dear)
        if low is not None and high is not None and low > high:
            yield seen.finding(
                "fees.price.order", WARN, item, _member(cheap), tier=cheap, other_tier=dear,
                price_fen=low, other_fen=high,
            )  # fmt: skip
    external = [tier for tier in EXTERNAL if item.prices.of(tier) is not None]
    if external and seen.asset.customs and not seen.asset.external_use_registered:
        yield seen.finding("fees.customs.unregistered", WARN, item, _member(external[0]), tiers=external)
    if _LETTER.get(item.service_mode, "?") not in seen.asset.service_modes:
        yield seen.finding("fees.item.mode_not_offered", WARN, item, "service_mode", mode=item.service_mode)
    if not item.function:
        yield seen.finding("fees.peers.no_function", NOTE, item, "function")
    yield from _check_share(seen, item)


def _check_share(seen: Sight, item: Item) -> Iterator[Finding]:
    """A formula may say which part of the external price the internal one is."""
    formula = seen.policy.formulas.get(item.cost.formula) if item.cost else None
    internal, external = item.prices.internal_fen, item.prices.external_academic_fen
    if formula is None or not formula.internal_share or internal is None or not external:
        return
    if internal > external * Fraction(formula.internal_share):
        yield seen.finding(
            "fees.price.internal_share",
            WARN,
            item,
            _member("internal"),
            share=formula.internal_share,
            price_fen=internal,
            other_fen=external,
        )


def _check_against_cost(seen: Sight, item: Item, tier: str, fen: int, parts: Parts) -> Iterator[Finding]:
    price_e4 = fen * E4_PER_FEN
    consumables = parts.of("consumables")
    if price_e4 < consumables:
        yield seen.finding(
            "fees.price.below_consumables", WARN, item, _member(tier),
            tier=tier, price_fen=fen, consumables_e4=consumables,
        )  # fmt: skip
    barred = seen.policy.chargeable.barred(tier, item.service_mode, parts)
    ceiling = seen.policy.chargeable.ceiling_e4(tier, item.service_mode, parts)
    if barred and price_e4 > ceiling:
        yield seen.finding(
            "fees.price.not_chargeable", BLOCK, item, _member(tier),
            tier=tier, price_fen=fen, ceiling_e4=ceiling, parts=list(barred),
        )  # fmt: skip
    full = parts.total_e4
    margin = seen.policy.external_margin.get(tier, Fraction(0))
    if full and price_e4 > full * (1 + margin):
        code = "fees.price.external_above_cost" if tier in EXTERNAL else "fees.price.internal_above_cost"
        yield seen.finding(
            code, WARN, item, _member(tier),
            tier=tier, price_fen=fen, cost_e4=full, margin=percent(margin),
            ratio=ratio(Fraction(price_e4, full)),
        )  # fmt: skip


def _check_against_peers(seen: Sight, item: Item, tier: str, fen: int) -> Iterator[Finding]:
    peers = seen.peers_of(item, tier)
    if peers.summary is None:
        if tier == "internal":
            yield seen.finding(
                "fees.peers.few", NOTE, item, _member(tier),
                count=len(peers.same), minimum=seen.policy.peers_minimum,
            )  # fmt: skip
    else:
        yield from _check_outlier(seen, item, tier, fen, peers)
    yield from _check_grade(seen, item, tier, fen, peers)


def _check_outlier(seen: Sight, item: Item, tier: str, fen: int, peers: Peers) -> Iterator[Finding]:
    middle = median(peer.price_fen for peer in peers.same)
    factor = seen.policy.outlier_factor
    args = {"tier": tier, "price_fen": fen, "median_fen": fen_of(middle * E4_PER_FEN)}
    if middle and fen >= middle * factor:
        explained = bool(item.reason.strip())
        code = "fees.price.outlier_explained" if explained else "fees.price.outlier_high"
        severity = NOTE if explained else WARN
        yield seen.finding(code, severity, item, _member(tier), **args, ratio=ratio(fen / middle))
    elif fen * factor <= middle:
        yield seen.finding("fees.price.outlier_low", NOTE, item, _member(tier), **args)


def _check_grade(seen: Sight, item: Item, tier: str, fen: int, peers: Peers) -> Iterator[Finding]:
    """A plainer machine beside better ones of the same class: their median says nothing about it."""
    grade = seen.asset.grade
    better = [peer.price_fen for peer in peers.others if _rank(peer.grade) > _rank(grade)]
    if tier != "internal" or not better or len(better) < len(peers.same):
        return
    middle = median(better)
    if middle >= fen * seen.policy.outlier_factor:
        yield seen.finding(
            "fees.peers.lower_grade", NOTE, item, _member(tier),
            tier=tier, price_fen=fen, grade=grade, other_median_fen=fen_of(middle * E4_PER_FEN),
            count=len(better),
        )  # fmt: skip


def _rank(grade: str) -> int:
    return GRADES.index(grade) if grade in GRADES else -1


def _member(tier: str) -> str:
    return f"prices.{tier}_fen"
