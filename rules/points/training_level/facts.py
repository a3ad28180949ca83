"""The facts of ``training.level``, schema version 1: what somebody has shown on the way to a certificate.

It owns the schema only and fetches nothing. Percentages are whole and rounded down; they are null where the
part was not asked for or not done. Minutes are minutes of supervised use.
"""

from __future__ import annotations

import dataclasses

from rules.points.access_unlock.facts import CertificateLevel
from rules.points.training_eligibility.facts import TrainingKind

FACTS_SCHEMA = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class LevelFacts:
    """Everything that a certificate is proposed from."""

    kind: TrainingKind
    wished_level: CertificateLevel
    exam_asked: bool
    exam_passed: bool
    exam_percent: int | None
    exam_attempts: int
    minutes: int
    minutes_asked: int
    minutes_missing: int
    assessment_asked: bool
    assessment_passed: bool
    assessment_percent: int | None
    critical_failed: bool
