"""Reading a calendar back, as another program would."""

from typing import Any

from icalendar import Calendar


def events(whole: bytes) -> list[Any]:
    """What happens in a calendar, in the order in which it is told there."""
    calendar: Any = Calendar.from_ical(whole)
    found: list[Any] = calendar.walk("VEVENT")
    return found
