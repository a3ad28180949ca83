"""She books and does not come. It would take days, so it is asked by date: the sweep that looks every minute
is told which minute it is.
"""

from datetime import datetime, timedelta

from apps.bookings.models import Booking, PointEntry
from apps.bookings.operations import book
from apps.core.clock import now as clock_now
from apps.core.clock import school_time
from apps.notices.models import Notice
from apps.portal.demo.activity import deliver
from apps.usage.absence import note_absences
from scripts.story.school import School
from scripts.story.stage import StoryBroken
from scripts.story.teller import Teller

MINUTE = timedelta(minutes=1)
LONGEST = 60  # minutes of grace; whoever is given longer breaks the story


def stay_away(school: School, teller: Teller) -> None:
    """A booking that nobody comes to is given up, costs points, and its time is free again."""
    day = school_time(clock_now()) + timedelta(days=3)
    start = day.replace(hour=15, minute=0, second=0, microsecond=0)
    until = start + timedelta(hours=2)
    missed = _booked(school, start, until)
    watched = {school.instrument.pk: True}
    minutes = iter(range(LONGEST))
    waited = next((m for m in minutes if note_absences(now=start + m * MINUTE, heard=watched)), 0)
    missed.refresh_from_db()
    if not waited or missed.no_show_at is None or missed.hold is None or missed.hold.released_at is None:
        raise StoryBroken("nobody came, and it was not noticed, or the money is still held")
    deliver(missed.no_show_at)
    if not Notice.objects.filter(user=school.student, kind__contains="no_show").exists():
        raise StoryBroken("she has not heard of it")
    entry = PointEntry.objects.get(booking=missed)
    _booked(school, missed.no_show_at + 30 * MINUTE, until)
    teller.say(
        f"She does not come to a booking of later (asked by date): after {waited} minutes it is given up, "
        f"nothing is held for it, {entry.points} points against which she may appeal, and the rest is booked "
        "again."
    )


def _booked(school: School, start: datetime, until: datetime) -> Booking:
    return book(
        user=school.student,
        instrument=school.instrument,
        start=start.replace(second=0, microsecond=0),
        end=until,
        fund=school.fund,
        by=school.student,
        now=clock_now(),
    )
