"""Findings in words, in the reader's language. One sentence for each code; numbers are written for people."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.money import format_yuan
from apps.fees.cost import format_e4
from apps.fees.findings import Finding
from apps.fees.models import Tier
from apps.fees.models.tables import Component
from apps.fees.models.versions import ServiceMode

SENTENCES: Mapping[str, Promise] = {
    "fees.items": _("There is no item yet."),
    "fees.item.name": _("An item has a code and a Chinese name."),
    "fees.item.mode_not_offered": _("The instrument does not offer this service mode: %(mode)s."),
    "fees.item_twice": _("Two items say the price of the same thing."),
    "fees.item_shape": _("The unit of this item does not fit its lengths, its times or the other items."),
    "fees.blocks_meet": _("Two blocks share a time of the day."),
    "fees.block_follows": _("A block follows another that ends where it begins."),
    "fees.price": _("A price of this item cannot be read."),
    "fees.terms": _("This term of the fee standard cannot be: %(member)s."),
    "fees.not_open.reason": _("Say why the instrument is not to be open."),
    "fees.cost.missing": _("There is no cost sheet."),
    "fees.cost.basis_missing": _("The basis of the cost is incomplete: %(members)s."),
    "fees.cost.basis_of_formula": _("Formula %(formula)s does not compute by these hours."),
    "fees.cost.evidence_missing": _("The planned %(hours)s hours a year need evidence."),
    "fees.cost.consumables_unreadable": _("A quantity of the itemised consumables cannot be read."),
    "fees.cost.value_differs": _(
        "The sheet takes a value of %(stated_fen)s; the asset record says %(asset_fen)s."
    ),
    "fees.cost.quota_differs": _("The sheet takes %(stated)s quota hours; the asset record says %(quota)s."),
    "fees.cost.planned_differs": _("The cost is spread over %(stated)s hours, but %(planned)s are planned."),
    "fees.cost.sum_mismatch": _(
        "The form says %(stated_e4)s, its parts add up to %(computed_e4)s: %(difference_e4)s differ."
    ),
    "fees.cost.part_of_formula": _(
        "Formula %(formula)s has no part for %(part)s; the form says %(stated_e4)s."
    ),
    "fees.cost.part_mismatch": _(
        "%(part)s: the form says %(stated_e4)s, the asset record gives %(computed_e4)s."
    ),
    "fees.cost.management_range": _(
        "The management rate %(stated)s lies outside %(least)s to %(most)s of the formula."
    ),
    "fees.cost.maintenance_most": _("The repair rate %(stated)s is higher than usual."),
    "fees.unit.core_hours": _(
        "Core-hours are priced for themselves: %(hours)s core-hours are no instrument hours and are never "
        "added to them."
    ),
    "fees.unit.hours_impossible": _("A year does not have %(hours)s hours: is the unit right?"),
    "fees.hours.not_said": _("The opening hours are not said."),
    "fees.hours.week": _("A week does not have %(hours)s hours."),
    "fees.hours.more_than_open": _(
        "%(planned)s hours a year are planned, but the instrument is open for %(open_hours)s at most."
    ),
    "fees.hours.drift": _(
        "%(planned)s hours a year are planned, %(real)s were used: %(ratio)s of the plan, outside %(least)s "
        "to %(most)s."
    ),
    "fees.price.none": _("This item has no price."),
    "fees.price.negative": _("A price is never below zero."),
    "fees.price.order": _("%(tier)s pays %(price_fen)s, more than %(other_tier)s with %(other_fen)s."),
    "fees.price.internal_share": _(
        "By this formula the internal price is at most %(share)s of the external one; it is %(price_fen)s "
        "to %(other_fen)s."
    ),
    "fees.price.below_consumables": _(
        "%(tier)s: the price of %(price_fen)s does not even cover the consumables of %(consumables_e4)s."
    ),
    "fees.price.not_chargeable": _(
        "%(tier)s: the price of %(price_fen)s is above %(ceiling_e4)s, so it contains what this tier may not "
        "be charged: %(parts)s."
    ),
    "fees.price.external_above_cost": _(
        "%(tier)s: the price of %(price_fen)s is %(ratio)s times the full cost of %(cost_e4)s; services are "
        "non-profit, more than %(margin)s %% above cost wants a reason."
    ),
    "fees.price.internal_above_cost": _(
        "%(tier)s: the price of %(price_fen)s is above the full cost of %(cost_e4)s."
    ),
    "fees.price.outlier_high": _(
        "%(tier)s: the price of %(price_fen)s is %(ratio)s times the median of the peers, %(median_fen)s, "
        "and no reason is given."
    ),
    "fees.price.outlier_explained": _(
        "%(tier)s: the price of %(price_fen)s is %(ratio)s times the median of the peers, %(median_fen)s; a "
        "reason is given."
    ),
    "fees.price.outlier_low": _(
        "%(tier)s: the price of %(price_fen)s is far below the median of the peers, %(median_fen)s."
    ),
    "fees.peers.few": _(
        "Only %(count)s peers of this class, grade and function: they are listed; quartiles need %(minimum)s."
    ),
    "fees.peers.no_function": _("The function is not said: peers are those of the whole class."),
    "fees.peers.lower_grade": _(
        "This machine is of a lower grade than %(count)s others of its class: their median of "
        "%(other_median_fen)s says little about its price of %(price_fen)s."
    ),
    "fees.customs.unregistered": _(
        "The instrument is under customs supervision and its external use is not registered, but there are "
        "external prices: %(tiers)s."
    ),
}
# What stands in a finding by its key, and how it is called.
_NAMED: Mapping[str, Any] = {
    "tier": Tier,
    "other_tier": Tier,
    "tiers": Tier,
    "part": Component,
    "parts": Component,
    "mode": ServiceMode,
}
_MEMBERS: Mapping[str, Promise] = {
    "formula": _("formula"),
    "value_fen": _("original value"),
    "life_years": _("years of life"),
    "hours": _("hours a year"),
    "unit_minutes": _("time of a unit"),
    "maintenance_rate": _("repair rate"),
    "management_rate": _("management rate"),
}


def say(finding: Finding) -> str:
    """The sentence of a finding. A code that has none (of a later version) is its own sentence."""
    sentence = SENTENCES.get(finding.code)
    if sentence is None:
        return finding.code
    return str(sentence) % {name: _shown(name, said) for name, said in finding.args.items()}


def from_stored(row: Mapping[str, Any]) -> Finding:
    """A finding as a submission keeps it."""
    return Finding(**row)


def _shown(name: str, said: Any) -> str:
    if name.endswith("_fen"):
        return format_yuan(said)
    if name.endswith("_e4"):
        return format_e4(said)
    if isinstance(said, list):
        return ", ".join(_called(name, one) for one in said)
    return _called(name, said)


def _called(name: str, said: Any) -> str:
    if name in ("member", "members"):
        return str(_MEMBERS.get(said, said))
    kinds = _NAMED.get(name)
    return str(kinds(said).label) if kinds and said in kinds.values else str(said)
