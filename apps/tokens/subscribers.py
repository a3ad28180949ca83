"""A registration that ends takes its tokens along. They answer nothing already, because every request asks
whether its person is in force; this makes it final, so that a later registration revives none.
"""

from datetime import datetime

from apps.core.outbox import WORKER, Payload, subscribe
from apps.people.models import User
from apps.tokens.operations import revoke_all


@subscribe("tokens.person_gone", to="people.user_ended", channel=WORKER)
def person_gone(payload: Payload, now: datetime) -> None:
    """Revoke whatever the person still holds. A second telling finds nothing."""
    user = User.objects.get(ulid=payload["user"])
    revoke_all(user=user, reason=payload["reason"], by=None, now=now)
