"""The tables of this room: agreements with their terms, inspections, inventories, and what runs under
them."""

from apps.hosting.models.agreements import (
    SOURCE,
    Agreement,
    Breach,
    ExitNotice,
    Review,
    Side,
    Signature,
)
from apps.hosting.models.inspecting import (
    Inspection,
    InspectionItem,
    Inventory,
    InventoryItem,
    Photo,
)
from apps.hosting.models.running import RepairCost, Statement
from apps.hosting.models.terms import Acceptance, TermsVersion

__all__ = [
    "SOURCE",
    "Acceptance",
    "Agreement",
    "Breach",
    "ExitNotice",
    "Inspection",
    "InspectionItem",
    "Inventory",
    "InventoryItem",
    "Photo",
    "RepairCost",
    "Review",
    "Side",
    "Signature",
    "Statement",
    "TermsVersion",
]
