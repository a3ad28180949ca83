"""The facts of ``samples.acceptance``, schema version 1: samples that somebody wants to have tested.

It owns the schema only and fetches nothing. What the service says of a hazard is compared by the
provider: ``hazard_refused`` and ``hazard_accepted`` are on its lists, ``hazard_unlisted`` on neither;
``hazard_controlled`` is one that a special authorisation governs (explosive, radioactive) and that the
service does not take by name.
"""

from __future__ import annotations

import dataclasses
import enum

FACTS_SCHEMA = 1


class Tolerance(enum.StrEnum):
    """What the service says of samples with a property."""

    ACCEPT = "accept"
    ASK = "ask"
    REFUSE = "refuse"


@dataclasses.dataclass(frozen=True, kw_only=True)
class AcceptanceFacts:
    """What a request is judged by. ``too_large`` and ``size_unknown`` only where the service has a limit;
    ``hazards`` are those that were declared, for the explanation.
    """

    sample_count: int
    hazards: frozenset[str]
    hazard_refused: bool
    hazard_controlled: bool
    hazard_unlisted: bool
    hazard_accepted: bool
    magnetic: bool
    magnetic_rule: Tolerance
    volatile: bool
    volatile_rule: Tolerance
    too_large: bool
    size_unknown: bool
    largest_mm: int | None
    limit_mm: int | None
    rush: bool
    external: bool
