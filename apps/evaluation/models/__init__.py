"""Models of the evaluation room."""

from apps.evaluation.models.facility import (
    FacilityCell,
    FacilityReview,
    FacilityScore,
    FacilityTable,
)
from apps.evaluation.models.outcomes import Appeal, Consequence, Judge
from apps.evaluation.models.reports import Claim, Correction, Evidence, Publication, ReportItem
from apps.evaluation.models.rounds import Adjustment, FrozenFigure, Round, Score, Sheet
from apps.evaluation.models.schemes import Scheme, SchemeVersion

__all__ = [
    "Adjustment",
    "Appeal",
    "Claim",
    "Consequence",
    "Correction",
    "Evidence",
    "FacilityCell",
    "FacilityReview",
    "FacilityScore",
    "FacilityTable",
    "FrozenFigure",
    "Judge",
    "Publication",
    "ReportItem",
    "Round",
    "Scheme",
    "SchemeVersion",
    "Score",
    "Sheet",
]
