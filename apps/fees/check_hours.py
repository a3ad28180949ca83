"""Checks of hours and units: can they be, do they fit what was measured, is nothing added that has another
unit. Pure.
"""

from collections.abc import Iterator
from fractions import Fraction

from apps.fees.content import CORE_HOUR
from apps.fees.findings import BLOCK, NOTE, WARN, Finding
from apps.fees.sight import MOST_HOURS, Sight, ratio

_WEEK = 168
_WEEKS = 53


def check_hours(seen: Sight) -> Iterator[Finding]:
    """Everything about the hours of a sheet."""
    yield from _check_units(seen)
    hours = seen.sheet.hours
    if not hours.opening.strip() and hours.open_hours_week is None:
        yield seen.finding("fees.hours.not_said", NOTE, None, "hours.opening")
    if hours.open_hours_week is not None and not 0 < hours.open_hours_week <= _WEEK:
        yield seen.finding(
            "fees.hours.week", BLOCK, None, "hours.open_hours_week", hours=hours.open_hours_week
        )
    planned = seen.planned_hours
    if planned is None:
        return
    if planned > MOST_HOURS or planned < 0:
        yield seen.finding(
            "fees.unit.hours_impossible", BLOCK, None, "hours.planned_hours_year", hours=planned
        )
    elif hours.open_hours_week and planned > hours.open_hours_week * _WEEKS:
        yield seen.finding(
            "fees.hours.more_than_open", WARN, None, "hours.planned_hours_year",
            planned=planned, open_hours=hours.open_hours_week * _WEEKS,
        )  # fmt: skip
    yield from _check_drift(seen, planned)


def _check_units(seen: Sight) -> Iterator[Finding]:
    """Core-hours are counted for themselves; hours of the instrument are never added to them."""
    for item in seen.sheet.items:
        if item.unit == CORE_HOUR:
            yield seen.finding(
                "fees.unit.core_hours", WARN, item, "unit", hours=(item.cost.hours or 0) if item.cost else 0
            )


def _check_drift(seen: Sight, planned: int) -> Iterator[Finding]:
    if seen.real_hours is None or planned <= 0:
        return
    part = Fraction(seen.real_hours, planned)
    least, most = seen.policy.drift
    if not least <= part <= most:
        yield seen.finding(
            "fees.hours.drift", WARN, None, "hours.planned_hours_year",
            planned=planned, real=seen.real_hours, ratio=ratio(part),
            least=ratio(least), most=ratio(most),
        )  # fmt: skip
