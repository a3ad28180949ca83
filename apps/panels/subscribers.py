"""People facts: who ends or is suspended leaves the panels, and who ends the committees too."""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.panels.leaving import leave_committees, leave_panels
from apps.people.models import User
from apps.people.queries import ACTIVE, INACTIVE, user_state


@subscribe("panels.people_leave", to=("people.user_ended", "people.user_suspended"), channel=WORKER)
def give_up_seats(payload: Payload, now: datetime) -> None:
    """Whoever may not act at this moment gives up their panels; whoever has come back
    meanwhile keeps them.
    """
    user = User.objects.get(ulid=payload["user"])
    state = user_state(user, now)
    if state == ACTIVE:
        return
    leave_panels(user=user, now=now, reason=payload["reason"])
    if state == INACTIVE:
        leave_committees(user=user, now=now, reason=payload["reason"])
