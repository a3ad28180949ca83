"""The decision points of the product, one folder each: fact schema, outcomes, default table, examples.

It owns declarations only. The provider that fills the facts stands beside its caller in the domain;
``register_all`` is called once at start-up by ``apps.decisions``.
"""

from __future__ import annotations

from rules.points import (
    access_unlock,
    booking_admission,
    booking_cancellation,
    booking_route,
    evaluation_consequences,
    evaluation_score,
    fees_panel,
    fees_screen,
    hosting_terms,
    registration_obstacles,
    registration_screen,
    samples_acceptance,
    samples_release,
    training_eligibility,
    training_lapse,
    training_level,
)
from rules.registry import PointSpec, register_point

SPECS: tuple[PointSpec, ...] = (
    access_unlock.SPEC,
    booking_admission.SPEC,
    booking_cancellation.SPEC,
    booking_route.SPEC,
    evaluation_consequences.SPEC,
    evaluation_score.SPEC,
    fees_panel.SPEC,
    fees_screen.SPEC,
    hosting_terms.SPEC,
    registration_obstacles.SPEC,
    registration_screen.SPEC,
    samples_acceptance.SPEC,
    samples_release.SPEC,
    training_eligibility.SPEC,
    training_lapse.SPEC,
    training_level.SPEC,
)


def register_all() -> None:
    """Register every point of the product; calling it again changes nothing."""
    for spec in SPECS:
        register_point(spec)
