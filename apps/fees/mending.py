"""What to do about a finding, in words, in the reader's language: the second half of its sentence. Codes
whose sentence says it already have none.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.fees.findings import Finding

MENDS: Mapping[str, Promise] = {
    "fees.items": _("Add a first item, or paste the rows of your Excel file."),
    "fees.item.name": _("Write both."),
    "fees.item.mode_not_offered": _("Choose another mode, or have the asset record corrected."),
    "fees.item_twice": _("Join them, or give one of them another mode or unit."),
    "fees.item_shape": _("Look at the columns after the prices: period, block, follows."),
    "fees.blocks_meet": _("Let one end where the next begins."),
    "fees.not_open.reason": _("The committee and the public notice need it."),
    "fees.cost.missing": _("Choose a formula and fill in the cost of one unit."),
    "fees.cost.basis_missing": _("Fill it in; the asset record has value and quota hours."),
    "fees.cost.basis_of_formula": _("Take the other hours, or another formula."),
    "fees.cost.evidence_missing": _("Write under 'Hours' what shows them, and attach the file."),
    "fees.cost.value_differs": _("Take the value of the asset record, or have that corrected first."),
    "fees.cost.quota_differs": _("Take the hours of the asset record, or plan with evidence (formula P)."),
    "fees.cost.planned_differs": _("Write the same hours in both places."),
    "fees.cost.sum_mismatch": _("Correct the sum, or the part that is wrong."),
    "fees.cost.part_of_formula": _("Leave it out, or choose another formula."),
    "fees.cost.part_mismatch": _("Take the recomputed figures, or correct value, life or hours."),
    "fees.cost.management_range": _("Choose a rate within it."),
    "fees.unit.hours_impossible": _("Core-hours have a unit of their own."),
    "fees.hours.not_said": _("Write them under 'Hours'."),
    "fees.hours.more_than_open": _("Plan fewer hours, or open longer."),
    "fees.hours.drift": _("Plan with the real hours, or say under 'Hours' why they will change."),
    "fees.price.none": _("Write at least one price, or take the item out."),
    "fees.price.order": _("Outside users pay no less than users of the school."),
    "fees.price.below_consumables": _("Raise the price, or say in the column 'Reason' who pays the rest."),
    "fees.price.not_chargeable": _("Lower the price, or move the item to a tier that may be charged them."),
    "fees.price.external_above_cost": _("Lower the price, or write the reason."),
    "fees.price.internal_above_cost": _("Lower the price, or write the reason."),
    "fees.price.outlier_high": _("Lower the price, or say in the column 'Reason' what it pays for."),
    "fees.price.outlier_low": _("Say in the column 'Reason' why it may be so low."),
    "fees.peers.no_function": _("Write what the machine is used for here, such as SEM."),
    "fees.peers.lower_grade": _("Compare with machines of its own grade; the list below shows both."),
    "fees.customs.unregistered": _("Have the external use registered, or take the external prices out."),
}


def mend(finding: Finding) -> str:
    """What to do about a finding; empty where its own sentence says it, or where nothing is to be done."""
    return str(MENDS.get(finding.code, ""))
