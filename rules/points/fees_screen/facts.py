"""The facts of ``fees.screen``, schema version 1: what the checks found on a submitted fee proposal.

It owns the schema only and fetches nothing. Numbers count findings, but ``customs_unregistered`` instruments
and ``outside_quartiles`` prices. ``largest_change_percent`` is the largest change of a price against the
standard in force, up or down; null where a price is new. ``within_change`` says whether it is within the
share of the day (`fees.simplified_change`). ``warnings_answered``: the manager has read the warnings and
submits nevertheless.
"""

from __future__ import annotations

import dataclasses
import enum
from decimal import Decimal
from typing import Annotated

FACTS_SCHEMA = 1


class ProposalKind(enum.StrEnum):
    """What is proposed."""

    FEE = "fee"
    NOT_OPEN = "not_open"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScreenFacts:
    """Everything that the way of a fee proposal depends on."""

    kind: ProposalKind
    instruments: int
    items: int
    # what cannot be
    form_faults: int
    sum_faults: int
    basis_faults: int
    not_chargeable: int
    # what wants a reason
    customs_unregistered: int
    external_above_cost: int
    below_consumables: int
    outliers: int
    other_warnings: int
    warnings_answered: bool
    # what the short way asks for
    reapproval: bool
    items_changed: bool
    terms_changed: bool
    largest_change_percent: Annotated[Decimal, 2] | None
    within_change: bool
    peers_known: bool
    outside_quartiles: int
