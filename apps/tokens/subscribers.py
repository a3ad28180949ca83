"""A registration that ends takes its tokens along. They answer nothing already, because every request asks
whether its person is in force; this makes it final, so that a later registration revives none.
"""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.people.models import User
from apps.people.queries import INACTIVE, user_state
from apps.tokens.operations import revoke_all

ENDED = "The registration has ended."


@subscribe("tokens.person_ended", to="people.user_changed", channel=WORKER)
def person_changed(payload: Payload, now: datetime) -> None:
    """Revoke what an ended person holds; a registration that only begins later is let be."""
    user = User.objects.get(ulid=payload["user"])
    begun = user.valid_from is None or user.valid_from <= now
    if begun and user_state(user, now) == INACTIVE:
        revoke_all(user=user, reason=ENDED, by=None, now=now)
