"""The facts of ``evaluation.consequences``, schema version 1: a published score.

It owns the schema only and fetches nothing. Points are of a hundred, with two decimals; shares are per mille.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Annotated

FACTS_SCHEMA = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class ConsequenceFacts:
    """What follows is judged by. ``grade_rank``: the best grade 1; ``last_grade``: it is the lowest that
    there is; ``hours_share``: effective hours by the quota of the cohort, null where the scheme has none;
    ``stop_purchase`` and ``idle_charge``: whether the school has turned them on.
    """

    total: Annotated[Decimal, 2]
    grade_rank: int
    last_grade: bool
    hours_share: int | None
    unreported: bool
    stop_purchase: bool
    idle_charge: bool
