"""A round of evaluation: figures are frozen, crews report, scores are computed, judged, noticed,
published.
"""
