"""The period of a round as the reports know it."""

from datetime import timedelta

from apps.core.clock import school_time
from apps.evaluation.models import Round
from apps.reports.figures import Period, days

_DAY = timedelta(days=1)


def reports_period(round_: Round) -> Period:
    """The whole days of a round's period."""
    return days(school_time(round_.starts).date(), (school_time(round_.ends) - _DAY).date())
