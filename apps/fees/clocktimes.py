"""Times of day as 'HH:MM', with '24:00' for the end of a day, and blocks of them. Pure."""

import re

DAY_MINUTES = 24 * 60
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)


def minute_of(text: str) -> int | None:
    """'17:30' -> 1050, '24:00' -> 1440; None for anything else."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    return DAY_MINUTES if found[1] is None else int(found[1]) * 60 + int(found[2])


def spans(start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The minutes of one day that a block from `start` to `end` covers, over midnight as two spans; a block
    that begins at 24:00 begins at 0.
    """
    start %= DAY_MINUTES
    if start < end:
        return ((start, end),)
    return ((start, DAY_MINUTES), (0, end)) if end else ((start, DAY_MINUTES),)


def meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two blocks share a minute of the day."""
    return any(
        first < other_last and other_first < last
        for first, last in spans(*one)
        for other_first, other_last in spans(*other)
    )
