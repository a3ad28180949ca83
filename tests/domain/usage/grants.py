"""A node of the FE-SEM A and grants for it, as the gate would write them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.core.ids import new_ulid
from apps.decisions.models import DecisionRecord
from apps.decisions.operations import decide, install_defaults
from apps.instruments.models import Instrument
from apps.people.models import User
from apps.people.operations import register_user
from apps.usage import meter
from apps.usage.models import UsageRecord, UsageSession
from apps.usage.operations import grant_session
from rules.facts import facts_load
from rules.points.access_unlock import KEY, UnlockFacts, situation
from tests.factories.instruments import imported

DEV, NODE = "cbtest01", 1
HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)


@dataclass
class Bench:
    """One instrument behind one node, one user, and the decision that every grant of the test cites."""

    instrument: Instrument
    user: User
    decision: DecisionRecord
    now: datetime

    def grant(self, *, now: datetime | None = None, **terms: Any) -> UsageSession:
        """A grant for two hours."""
        at = now or self.now
        defaults: dict[str, Any] = {
            "gid": new_ulid(),
            "dev": DEV,
            "node": NODE,
            "instrument_id": self.instrument.pk,
            "user_id": self.user.pk,
            "second_user_id": None,
            "booking_id": None,
            "fund_id": None,
            "fee_version_id": None,
            "decision": self.decision,
            "kind": "session",
            "state": "granted",
            "purpose": "booking",
            "tier": "internal",
            "card_digest": "c" * 22,
            "not_before": at,
            "expires_at": at + 2 * HOUR,
            "off_ms": 0,
            "lease_ms": 45_000,
            "now": at,
        }
        return grant_session(**{**defaults, **terms})

    def on(
        self, gid: str, odo: int, *, busy: int = 0, at: datetime | None = None, **more: Any
    ) -> UsageSession:
        """Report power on; the moment follows the odometer unless given."""
        moment = at or self.now + odo * MS
        said = {"dev": DEV, "node": NODE, "gid": gid, "odo": odo, "busy": busy, "at": moment, **more}
        return meter.power_on(**{"now": moment, **said})

    def off(
        self,
        gid: str,
        odo: int,
        *,
        busy: int = 0,
        at: datetime | None = None,
        why: str = "swipe_out",
        **more: Any,
    ) -> UsageRecord | None:
        """Report power off."""
        moment = at or self.now + odo * MS
        said = {"dev": DEV, "node": NODE, "gid": gid, "odo": odo, "busy": busy, "at": moment, "why": why}
        return meter.power_off(**{"now": moment, **said, **more})


def set_up(now: datetime) -> Bench:
    """The bench; `now` is when everything is in order."""
    install_defaults(now=now)
    instrument = imported("QY000004", now)
    user = register_user(
        username="alice", name_zh="艾丽", name_en="Alice", kind="student", unit=None, now=now
    )
    decided = decide(
        point=KEY,
        facts=facts_load(UnlockFacts, situation("booking")),
        sources={"purpose": {"kind": "test", "ref": "1"}},
        subject_id=user.pk,
        object_ref=f"instrument:{instrument.ulid}",
        asked_by="test",
        now=now,
    )
    return Bench(instrument, user, decided.record, now)


def state_of(session: UsageSession) -> str:
    """The state that the row has now."""
    return UsageSession.objects.values_list("state", flat=True).get(pk=session.pk)
