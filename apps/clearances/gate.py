"""The gate: all that devices may ask, and whatever else wants to know who may use what. One door, several
rooms behind it.

`asking` answers, `revoking` asks again, `standby` decides ahead, `watching` shows what holds a node. Access
is computed at the moment of asking and never cached as truth; the only thing that is kept is a grant with
an end, beside its decision record.
"""

from datetime import datetime

from apps.clearances.answers import Answer, Condition, FactShown, GrantTerms, Reason, SessionView, Verdict
from apps.clearances.asking import ask, check
from apps.clearances.revoking import (
    CUT,
    DRAIN,
    REFUSE_NEXT,
    STOPPED,
    only_ahead,
    reevaluate,
    revoked,
    stop_session,
    sweep,
)
from apps.clearances.standby import sync_standby
from apps.clearances.watching import live_views, session_view
from apps.instruments.models import Instrument
from apps.instruments.queries import may_manage
from apps.people.models import User

__all__ = [
    "CUT",
    "DRAIN",
    "REFUSE_NEXT",
    "STOPPED",
    "Answer",
    "Condition",
    "FactShown",
    "GrantTerms",
    "Reason",
    "SessionView",
    "Verdict",
    "ask",
    "check",
    "live_views",
    "may_operate",
    "only_ahead",
    "reevaluate",
    "revoked",
    "session_view",
    "stop_session",
    "sweep",
    "sync_standby",
]


def may_operate(*, user_id: int, instrument_id: int, at: datetime) -> bool:
    """Whether the person may act on the machine for others (unlock for somebody present, lock, stop): crew
    or right to manage.
    """
    user, instrument = User.objects.get(pk=user_id), Instrument.objects.get(pk=instrument_id)
    return may_manage(user, instrument, at)
