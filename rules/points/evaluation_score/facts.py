"""The facts of ``evaluation.score``, schema version 1: a computed score and where it stands in its cohort.

It owns the schema only and fetches nothing. Points are of a hundred, with two decimals.
"""

from __future__ import annotations

import dataclasses
import enum
from decimal import Decimal
from typing import Annotated

FACTS_SCHEMA = 1


class Band(enum.StrEnum):
    """Where a score stands among those of its cohort."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScoreFacts:
    """What a score is judged by. ``capped_parts``: parts whose formula gave more than counts; ``rank`` of
    ``cohort_size``, the best 1; ``grade_rank``: the best grade 1; ``unreported``: nobody of the crew reported
    in time.
    """

    total: Annotated[Decimal, 2]
    grade_rank: int
    band: Band
    rank: int
    cohort_size: int
    capped_parts: int
    empty_parts: int
    unreported: bool
