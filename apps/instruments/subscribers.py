"""What happens to crews when a registration ends: every role of the person ends with it."""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.core.periods import in_force
from apps.instruments.models import CrewMember, Instrument
from apps.instruments.opening import note_self_test
from apps.instruments.operations import dismiss_crew
from apps.people.models import User
from apps.people.queries import left_behind


@subscribe("instruments.person_gone", to="people.user_ended", channel=WORKER)
def leave_crews(payload: Payload, now: datetime) -> None:
    """The person is in no crew of before any more, also when they were registered anew meanwhile."""
    user = User.objects.get(ulid=payload["user"])
    roles = CrewMember.objects.filter(in_force(now), left_behind(user, now), user=user)
    for member in roles.select_related("instrument", "user").order_by("id"):
        dismiss_crew(member=member, by=None, now=now, reason=payload["reason"])


@subscribe("instruments.self_tested", to="devices.self_test_seen", channel=WORKER)
def keep_self_test(payload: Payload, now: datetime) -> None:
    """A controller tested itself: the instrument's own row of it is what later steps look at."""
    instrument = Instrument.objects.get(ulid=payload["instrument"])
    note_self_test(instrument=instrument, dev=payload["dev"], node=payload["node"], ok=payload["ok"], now=now)
