"""The nouns of fees: versions in force by date, proposals and what was submitted of them, public notices with
their objections, dated tables.
"""

from apps.fees.models.notices import Objection, PublicNotice
from apps.fees.models.owners import OwnerTerm
from apps.fees.models.proposals import (
    EarlierSheet,
    Proposal,
    ProposalFile,
    ProposalInstrument,
    Submission,
)
from apps.fees.models.tables import ChargeableComponent, MeasuredYear, NotOpenApproval, OutsidePrice
from apps.fees.models.versions import FeeItem, FeeVersion, Tier, Unit

__all__ = [
    "ChargeableComponent",
    "EarlierSheet",
    "FeeItem",
    "FeeVersion",
    "MeasuredYear",
    "NotOpenApproval",
    "Objection",
    "OutsidePrice",
    "OwnerTerm",
    "Proposal",
    "ProposalFile",
    "ProposalInstrument",
    "PublicNotice",
    "Submission",
    "Tier",
    "Unit",
]
