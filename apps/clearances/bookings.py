"""The booking side of a question: whose time is it now, may the own booking begin, when does the next one
start. Reads rows only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.clearances.questions import Question
from apps.standing.people import Person
from apps.standing.reading import Row, Rows
from apps.standing.sources import Gathered, Source

OWN, NONE, OTHER = "own", "none", "other"
CONFIRMED = "confirmed"
HORIZON = timedelta(hours=24)
USE = "use"  # what a booking is for unless somebody of the crew made it for something else
_MINUTE = timedelta(minutes=1)
# Whoever of the crew booked a slot for a training or a course leads it.
_LED = {
    "training": ("training_session_now", "supervisor_present"),
    "teaching": ("teaching_slot_now", "responsible_teacher"),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """Whose time it is: `state` own, none or other; `row` is the own booking; `next_other` when somebody
    else's begins.
    """

    state: str
    is_open: bool
    row: Row | None
    minutes_to_start: int | None
    next_other: datetime | None

    @property
    def purpose(self) -> str:
        """What the gate is asked for when the own booking is used."""
        return gate_purpose(self.row.c) if self.row else "booking"

    def carries(self, purpose: str) -> bool:
        """Whether the own booking was made for this purpose; also where there is none."""
        return self.row is None or self.purpose == purpose


def gate_purpose(purpose: str) -> str:
    """The gate's purpose of a booking's purpose: a use under a booking is called 'booking' there."""
    return "booking" if purpose == USE else purpose


def slot_of(question: Question, person: Person, rows: Rows, early: timedelta) -> Slot:
    """The slot at the moment asked for. An own booking may begin `early` before its start while nobody else
    has the time.

    A running session stands on its booking until its grant ends, unless the booking was cancelled or
    somebody else's has begun since.
    """
    at = question.at
    coming = sorted(rows.get("booking", ()), key=_start)
    others = [row for row in coming if row.n != person.id]
    taken = any(_start(row) <= at for row in others)
    mine = [row for row in coming if row.n == person.id and row.a == CONFIRMED]
    upcoming = [_start(row) for row in others if _start(row) > at]
    next_other = upcoming[0] if upcoming else None
    held = next((row for row in rows.get("standing_on", ()) if row.a == CONFIRMED), None)
    if question.is_running and held is not None and (not taken or _covers(held, at)):
        return Slot(
            OWN, is_open=True, row=held, minutes_to_start=_minutes(_start(held), at), next_other=next_other
        )
    for row in mine:
        if _start(row) <= at or (not taken and _start(row) - early <= at):
            return Slot(
                OWN, is_open=True, row=row, minutes_to_start=_minutes(_start(row), at), next_other=next_other
            )
    if taken:
        return Slot(OTHER, is_open=False, row=None, minutes_to_start=None, next_other=next_other)
    if mine:
        return Slot(
            OWN,
            is_open=False,
            row=mine[0],
            minutes_to_start=_minutes(_start(mine[0]), at),
            next_other=next_other,
        )
    return Slot(NONE, is_open=False, row=None, minutes_to_start=None, next_other=next_other)


def say_slot(facts: Gathered, slot: Slot, at: datetime, purpose: str) -> None:
    """The facts of the slot, with the booking they come from. A booking for another purpose than the one
    asked for carries nothing: nobody uses a machine for themselves on a slot that was kept for a course.
    """
    if not slot.carries(purpose):
        slot = Slot(NONE, is_open=False, row=None, minutes_to_start=None, next_other=slot.next_other)
    row = slot.row
    if row is not None and slot.is_open and purpose in _LED:
        source = Source("booking", row.ulid, "预约", "Booking", row.t1)
        facts.say(source, **dict.fromkeys(_LED[purpose], True))
    facts.say(
        Source("booking", row.ulid, "预约", "Booking", row.t1)
        if row
        else Source("bookings", "", "预约日历", "Booking calendar"),
        booking=slot.state,
        booking_open=slot.is_open,
        minutes_to_start=slot.minutes_to_start,
    )
    facts.say(
        Source("bookings", "", "预约日历", "Booking calendar"),
        minutes_to_next_booking=None if slot.next_other is None else (slot.next_other - at) // _MINUTE,
    )
    facts.end("booking_end", row.t1 if row else None)
    facts.end("next_booking", slot.next_other)


def _start(row: Row) -> datetime:
    if row.t0 is None:
        raise ValueError(f"booking {row.ulid} has no start")
    return row.t0


def _covers(row: Row, at: datetime) -> bool:
    return row.t1 is not None and _start(row) <= at < row.t1


def _minutes(start: datetime, at: datetime) -> int:
    """Minutes until the start, rounded up; zero or less once it has begun."""
    return -((at - start) // _MINUTE)
