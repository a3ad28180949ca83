"""The one place that answers how much was used, earned, tested, taught: by instrument, lab, department,
facility, school and period, in units that are never added together, every figure with its records. What
judges by figures receives them as arguments and never asks here itself.
"""

from apps.reports.figures.measuring import of_instruments
from apps.reports.figures.periods import Period, academic_year_at, calendar_year, days, month_of, read_period
from apps.reports.figures.tables import of_labs

__all__ = [
    "Period",
    "academic_year_at",
    "calendar_year",
    "days",
    "month_of",
    "of_instruments",
    "of_labs",
    "read_period",
]
