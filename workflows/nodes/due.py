"""Until when: deadlines and timers by dated parameter and working calendar."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.core import parameters
from apps.core.workdays import add_working_days
from workflows.moment import current


@dataclass(frozen=True)
class WorkingDays:
    """So many working days from now; the number is the parameter's value at this moment."""

    parameter: str

    def end(self) -> datetime:
        moment = current()
        return add_working_days(moment.now, int(parameters.value(self.parameter, at=moment.now)))


@dataclass(frozen=True)
class Days:
    """So many days of 24 hours from now, by parameter."""

    parameter: str

    def end(self) -> datetime:
        moment = current()
        return moment.now + timedelta(days=int(parameters.value(self.parameter, at=moment.now)))


@dataclass(frozen=True)
class Hours:
    """So many hours from now, by parameter."""

    parameter: str

    def end(self) -> datetime:
        moment = current()
        return moment.now + timedelta(hours=int(parameters.value(self.parameter, at=moment.now)))


Until = WorkingDays | Days | Hours | timedelta | Callable[[Any], datetime | None]


def end_of(until: Until, activation: Any) -> datetime | None:
    """The moment at which a deadline or timer that begins now is over; None when the flow says there is
    none.
    """
    if isinstance(until, WorkingDays | Days | Hours):
        return until.end()
    if isinstance(until, timedelta):
        return current().now + until
    return until(activation)
