"""Everything that there is to see about a proposal at a moment: findings, recomputed costs, peers, gaps, what
changes. The one call of the editor, of the screening and of the dossier, in a fixed number of queries.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.core.clock import school_time
from apps.core.periods import in_force
from apps.fees.assets import Asset, asset_of
from apps.fees.checks import check_not_open, check_sheet
from apps.fees.content import TIERS, Content, Sheet
from apps.fees.cost import Cost, known_parts, recompute
from apps.fees.difference import Change, difference
from apps.fees.findings import Finding
from apps.fees.gap import Gap, explain
from apps.fees.models import FeeVersion
from apps.fees.peers import Key, Peers, find_peers
from apps.fees.policy import Policy, policy_at
from apps.fees.sight import Sight
from apps.fees.versioning import as_sheet
from apps.instruments.models import Instrument


@dataclass(frozen=True, slots=True)
class SheetLook:
    """What there is to see about one sheet: by the code of an item its cost (None: no basis), by code and
    tier its peers and its gap (None: too few peers), and what it changes against the version in force.
    """

    sheet: Sheet
    asset: Asset
    costs: Mapping[str, Cost | None]
    peers: Mapping[tuple[str, str], Peers]
    gaps: Mapping[tuple[str, str], Gap | None]
    before: Sheet | None
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    real_hours: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to see about a whole proposal, by the ULID of the instrument."""

    sheets: Mapping[str, SheetLook]
    findings: tuple[Finding, ...]
    policy: Policy


def look(
    content: Content,
    *,
    at: datetime,
    real_hours: Mapping[str, int | None] | None = None,
    policy: Policy | None = None,
) -> Look:
    """A proposal as it is to be seen at a moment. `real_hours` are the effective hours of the last year by
    the ULID of the instrument (`apps.reports.drift.real_hours`); without them no drift is looked for. Seven
    queries, however many items. Sheets of instruments that there are not are left out.
    """
    policy = policy or policy_at(at)
    instruments = _instruments(content.instruments)
    day = school_time(at).date()
    assets = {ulid: asset_of(row, day) for ulid, row in instruments.items()}
    sheets = [sheet for sheet in content.sheets if sheet.instrument in assets]
    wanted = [(assets[sheet.instrument], item) for sheet in sheets for item in sheet.items]
    peers = find_peers(wanted, at=at, minimum=policy.peers_minimum)
    before = _before(instruments.values(), at)
    hours = real_hours or {}
    looks = {
        sheet.instrument: _look_at(
            sheet,
            assets[sheet.instrument],
            policy,
            peers,
            before.get(sheet.instrument),
            hours.get(sheet.instrument),
        )
        for sheet in sheets
    }
    found = [finding for one in looks.values() for finding in one.findings]
    return Look(looks, (*found, *check_not_open(content)), policy)


def _look_at(
    sheet: Sheet,
    asset: Asset,
    policy: Policy,
    peers: Mapping[Key, Peers],
    before: Sheet | None,
    real_hours: int | None,
) -> SheetLook:
    costs = {
        item.code: recompute(item.cost, asset, policy.formulas) if item.cost else None for item in sheet.items
    }
    seen = Sight(sheet, asset, policy, costs, peers, before, real_hours)
    priced = [
        (item, tier, fen)
        for item in sheet.items
        for tier in TIERS
        if (fen := item.prices.of(tier)) is not None
    ]
    own_peers = {(item.code, tier): seen.peers_of(item, tier) for item, tier, _fen in priced}
    gaps = {
        (item.code, tier): explain(
            price_fen=fen,
            parts=seen.parts_of(item) or known_parts(item),
            peers=own_peers[item.code, tier].same,
            minimum=policy.peers_minimum,
        )
        for item, tier, fen in priced
    }
    return SheetLook(
        sheet,
        asset,
        costs,
        own_peers,
        gaps,
        before,
        difference(before, sheet),
        check_sheet(seen),
        real_hours,
    )


def _instruments(ulids: Collection[str]) -> dict[str, Instrument]:
    return {row.ulid: row for row in Instrument.objects.filter(ulid__in=ulids)}


def _before(instruments: Iterable[Instrument], at: datetime) -> dict[str, Sheet]:
    """The sheets in force at a moment. Two queries."""
    versions = (
        FeeVersion.objects.filter(in_force(at), instrument__in=list(instruments))
        .select_related("instrument", "submission")
        .prefetch_related("items")
    )
    return {version.instrument.ulid: as_sheet(version, version.instrument.ulid) for version in versions}
