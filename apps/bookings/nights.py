"""When a period touches the night: pure arithmetic on the school's wall clock."""

from datetime import UTC, datetime, timedelta

from apps.core.clock import school_time


def touches_night(start: datetime, end: datetime, *, night_start: int, night_end: int) -> bool:
    """Whether any moment of [start, end) lies in the night, which runs from hour `night_start` to hour
    `night_end` at the school, over midnight where the second is not later. Equal hours mean that there is
    no night.
    """
    if night_start == night_end or end <= start:
        return False
    begin = school_time(start)
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    last = school_time(end)
    day = midnight - timedelta(days=1)  # last night may still be going on
    while day < last:
        dusk = day + timedelta(hours=night_start)
        dawn = day + timedelta(hours=night_end, days=1 if night_end <= night_start else 0)
        if dusk < last and dawn > begin:
            return True
        day += timedelta(days=1)
    return False


def nights_between(
    start: datetime, end: datetime, *, night_start: int, night_end: int
) -> list[tuple[datetime, datetime]]:
    """The nights that meet [start, end), whole, the earliest first; none where the hours are equal. Hours as
    in `touches_night`.
    """
    if night_start == night_end or end <= start:
        return []
    found = []
    midnight = school_time(start).replace(hour=0, minute=0, second=0, microsecond=0)
    day = midnight - timedelta(days=1)
    last = school_time(end)
    while day < last:
        dusk = day + timedelta(hours=night_start)
        dawn = day + timedelta(hours=night_end, days=1 if night_end <= night_start else 0)
        if dusk < last and dawn > school_time(start):
            found.append((dusk.astimezone(UTC), dawn.astimezone(UTC)))
        day += timedelta(days=1)
    return found
