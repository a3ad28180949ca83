"""She leaves while the instrument runs: the office ends her registration, and everything follows."""

import time
from collections.abc import Callable

from apps.bookings.models import Booking
from apps.core.clock import now as clock_now
from apps.people.models import Card
from apps.people.queries import INACTIVE, user_state
from apps.training.models import Certificate
from scripts.story.school import School
from scripts.story.stage import Stage, StoryBroken
from scripts.story.teller import Teller
from workflows.deregistration.starting import begin_deregistration

WITHIN_MS = 2000


def leave(stage: Stage, school: School, teller: Teller, *, unlock: Callable[[], object]) -> None:
    """Locked within two seconds after the office has ended the registration, and nothing is left of it."""
    unlock()
    student = school.student
    case = begin_deregistration(
        user=student, by=school.office, now=clock_now(), reason="left the school", urgent=True
    )
    committed = time.time() * 1000
    stage.wait(lambda: not stage.is_on, "the relay to open after the registration ended", seconds=10)
    took = stage.trace()[-1].wall_ms - committed
    if took > WITHIN_MS:
        raise StoryBroken(f"locked only after {took:.0f} ms")
    teller.say(
        f"The office ends her registration while the instrument runs ({case.number}): locked in "
        f"{teller.time('ended_to_off_ms', took)} ({stage.trace()[-1].why})."
    )
    student.refresh_from_db()
    if user_state(student, clock_now()) != INACTIVE:
        raise StoryBroken("she is still registered")
    for what, rows in (
        ("cards", Card.objects.filter(user=student, revoked_at__isnull=True)),
        ("certificates", Certificate.objects.filter(user=student, revoked_at__isnull=True)),
        ("bookings", Booking.objects.filter(user=student, state__in=Booking.LIVE)),
    ):
        stage.wait(lambda rows=rows: not rows.all().exists(), f"her {what} to be ended")
    teller.say("Account, cards, certificates and bookings are ended with it.")
