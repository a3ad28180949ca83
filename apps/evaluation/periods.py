"""The periods of evaluations: academic years (1 September to 31 August) and calendar years, at the school's
clock. Pure.
"""

from datetime import date, datetime

from apps.core.clock import school_midnight
from apps.evaluation.content import ACADEMIC

FIRST_MONTH = 9  # of an academic year


def period_of(kind: str, year: int) -> tuple[datetime, datetime]:
    """[begin, end) of the year of this kind that begins in `year`."""
    month = FIRST_MONTH if kind == ACADEMIC else 1
    return school_midnight(date(year, month, 1)), school_midnight(date(year + 1, month, 1))
