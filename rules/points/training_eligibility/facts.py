"""The facts of ``training.eligibility``, schema version 1: a person who wants to be trained, and what for.

It owns the schema only and fetches nothing. ``*_days_left``: whole days until the end, negative once it is
over, null where nothing was ever given. Levels are compared by the provider (``prerequisite_held``,
``lower_held``, ``sister_held``); the levels themselves are there for the explanation.
"""

from __future__ import annotations

import dataclasses
import enum

from rules.points.access_unlock.facts import CertificateLevel, IncidentState, UserKind, UserState

FACTS_SCHEMA = 1


class TrainingKind(enum.StrEnum):
    """What is asked for: the whole way, or a short one for who has been there."""

    NEW = "new"
    RENEWAL = "renewal"
    DIFFERENCE = "difference"
    UPGRADE = "upgrade"


KINDS: tuple[str, ...] = tuple(kind.value for kind in TrainingKind)


class RenewalState(enum.StrEnum):
    """Whether the certificate held can be renewed: ``early`` before the window, ``late`` after the grace."""

    NONE = "none"
    EARLY = "early"
    DUE = "due"
    LATE = "late"


class TrainingFund(enum.StrEnum):
    """The purse that supervised use would be paid from; ``not_needed`` where use is free."""

    USABLE = "usable"
    NOT_NEEDED = "not_needed"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, kw_only=True)
class EligibilityFacts:
    """Everything that is asked before somebody is taken into training."""

    kind: TrainingKind
    # the person
    user_state: UserState
    user_kind: UserKind
    safety_clearance_days_left: int | None
    fund: TrainingFund
    # the course and its instrument; course_open: there are terms in force
    course_open: bool
    instrument_open: bool
    incident: IncidentState
    wished_level: CertificateLevel
    # what is held already, on the instrument that is asked for or (any of a class) the best of them
    held_level: CertificateLevel
    held_already: bool
    certificate_suspended: bool
    prerequisite_level: CertificateLevel
    prerequisite_held: bool
    missing_courses: str
    courses_held: bool
    lower_held: bool
    sister_held: bool
    renewal: RenewalState
    attempts_left: int
