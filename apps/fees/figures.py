"""What is drawn of a sheet, item by item: each price beside the one before, its peers and the gap to their
median. Put together for the editor and for the dossier; computes nothing anew but what another price changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from apps.fees.content import TIERS, Item, PriceSet, Sheet
from apps.fees.cost import Cost, known_parts
from apps.fees.findings import Finding
from apps.fees.gap import Gap, explain
from apps.fees.looking import SheetLook
from apps.fees.peers import Peer, Peers

MOST_LISTED = 30  # peers on a page: nobody reads more, and the summary is of all


@dataclass(frozen=True, slots=True)
class TierFigures:
    """The price of a tier in fen, what it was before (None: it had none), its peers, and the gap to their
    median (None: too few peers).
    """

    tier: str
    price_fen: int
    before_fen: int | None
    peers: Peers
    gap: Gap | None

    @property
    def change_fen(self) -> int | None:
        """How much more than before."""
        return None if self.before_fen is None else self.price_fen - self.before_fen


@dataclass(frozen=True, slots=True)
class PeerRow:
    """A peer with its price in fen by tier; `is_same` says whether it is of the same grade."""

    peer: Peer
    is_same: bool
    prices: dict[str, int]


@dataclass(frozen=True, slots=True)
class PeerList:
    """Peers as they are listed, and how many there are."""

    rows: tuple[PeerRow, ...]
    count: int


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """An item with what there is to see about it."""

    item: Item
    cost: Cost | None
    tiers: tuple[TierFigures, ...]
    findings: tuple[Finding, ...]

    @property
    def peer_list(self) -> PeerList:
        """The peers, those of the same grade first; of very many the nearest in price."""
        rows = self._peer_rows()
        if len(rows) <= MOST_LISTED:
            return PeerList(rows, len(rows))
        here = {one.tier: one.price_fen for one in self.tiers}

        def apart(row: PeerRow) -> tuple[bool, int]:
            return not row.is_same, min(abs(fen - here[tier]) for tier, fen in row.prices.items())

        return PeerList(tuple(sorted(rows, key=apart)[:MOST_LISTED]), len(rows))

    def _peer_rows(self) -> tuple[PeerRow, ...]:
        """Every peer once, those of the same grade first, each with its price in every tier of this item."""
        rows: dict[tuple[str, ...], PeerRow] = {}
        for one in self.tiers:
            for is_same, peers in ((True, one.peers.same), (False, one.peers.others)):
                for peer in peers:
                    row = rows.setdefault(_who(peer), PeerRow(peer, is_same, {}))
                    row.prices[one.tier] = peer.price_fen
        return tuple(sorted(rows.values(), key=lambda row: not row.is_same))

    @property
    def shown_tiers(self) -> tuple[str, ...]:
        """The tiers that have a price here, in order."""
        return tuple(one.tier for one in self.tiers)

    @property
    def by_tier(self) -> Mapping[str, TierFigures]:
        return {one.tier: one for one in self.tiers}

    @property
    def cells(self) -> tuple[TierFigures | None, ...]:
        """The tiers in their fixed order, None for one without a price."""
        found = self.by_tier
        return tuple(found.get(tier) for tier in TIERS)


def figures_of(look: SheetLook, prices: PriceSet | None = None) -> tuple[ItemFigures, ...]:
    """The figures of a sheet, in the order of its items. With `prices`, these take the place of the sheet's
    own: what a changed price would look like.
    """
    sheet = _with(look.sheet, prices) if prices else look.sheet
    before = {item.code: item for item in look.before.items} if look.before else {}
    return tuple(
        ItemFigures(
            item,
            look.costs.get(item.code),
            tuple(_tiers(look, item, before.get(item.code))),
            tuple(finding for finding in look.findings if finding.item == item.code),
        )
        for item in sheet.items
    )


def _tiers(look: SheetLook, item: Item, before: Item | None) -> Iterable[TierFigures]:
    for tier in TIERS:
        fen = item.prices.of(tier)
        if fen is None:
            continue
        peers = look.peers.get((item.code, tier), Peers())
        gap = look.gaps.get((item.code, tier))
        if gap is not None and gap.price_fen != fen:
            cost = look.costs.get(item.code)
            parts = cost.parts if cost else known_parts(item)
            gap = explain(price_fen=fen, parts=parts, peers=peers.same, minimum=1)
        yield TierFigures(tier, fen, before.prices.of(tier) if before else None, peers, gap)


def _who(peer: Peer) -> tuple[str, ...]:
    return peer.instrument, peer.institution_zh, peer.name_zh, peer.version


def _with(sheet: Sheet, prices: PriceSet) -> Sheet:
    """The sheet with other prices; what they do not name stays."""
    changed = {
        (price.item, price.tier): price.fen for price in prices.prices if price.instrument == sheet.instrument
    }
    items = []
    for item in sheet.items:
        fresh = {f"{tier}_fen": fen for tier in TIERS if (fen := changed.get((item.code, tier))) is not None}
        items.append(replace(item, prices=replace(item.prices, **fresh)))
    return replace(sheet, items=tuple(items))
