"""What the gate is asked, before anything is known. Values only."""

from dataclasses import dataclass
from datetime import UTC, datetime

from apps.instruments.models import Instrument
from apps.usage.models import UsageSession

SWIPE, REMOTE, CHECK_IN, EXTEND, SECOND = "swipe", "remote", "checkin", "extend", "second"
CHECK, STANDBY, AGAIN = "check", "standby", "again"
EVER = datetime(9999, 12, 31, tzinfo=UTC)
KINDS = frozenset({SWIPE, REMOTE, CHECK_IN, EXTEND, SECOND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this person (by card or by name) use this instrument at `at`?

    `kind` is how it is asked; `node` is empty where no controlled node is concerned; `running` is the session
    that is asked about again, extended or made ready ahead; `purpose` None means: find out.
    """

    instrument: Instrument
    at: datetime
    kind: str
    dev: str = ""
    node: int = 0
    user_id: int | None = None
    card: str | None = None
    card2: str | None = None
    second_id: int | None = None
    purpose: str | None = None
    running: UsageSession | None = None

    @property
    def seen(self) -> datetime:
        """Up to when revocations are known: a page may ask about the past, everybody else knows all on
        record.
        """
        return self.at if self.kind == CHECK else EVER

    @property
    def is_running(self) -> bool:
        """Asked about a grant that was given already: what only concerns new uses does not count."""
        return self.kind in (AGAIN, EXTEND)

    @property
    def collects_second(self) -> bool:
        """The controller asks for a second card before power, so a second person need not be there yet."""
        waiting = self.kind == AGAIN and self.running is not None and self.running.state != "open"
        return waiting or self.kind in (SWIPE, STANDBY)
