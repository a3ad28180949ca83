"""Figures, their records, and what stands at the edge of a period."""
