"""Models of the evaluation room."""

from apps.evaluation.models.schemes import Scheme, SchemeVersion

__all__ = ["Scheme", "SchemeVersion"]
