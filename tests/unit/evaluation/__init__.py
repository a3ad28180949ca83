"""Formulas, schemes and scores: pure."""
