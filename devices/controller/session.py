"""A grant at work, seen from the device: its deadlines in monotonic milliseconds. It owns the arithmetic
that turns the server's epoch times into deadlines that are early rather than late, and knows nothing of
relays or messages."""

from dataclasses import dataclass, field

from devices.controller.clock import DRIFT_PPM
from devices.controller.shared import NEVER
from devices.protocol import Grant


def deadline(*, anchor: int, remaining: int) -> int:
    """`anchor + remaining`, shortened by what a slow crystal would add."""
    return anchor + remaining - (remaining * DRIFT_PPM // 1_000_000)


@dataclass(slots=True)
class Session:
    """A running grant. `exp_at` is the hard end, `end_at` the booked one, `lease_until` the proof of
    agreement.
    """

    grant: Grant
    exp_at: int
    end_at: int
    lease_until: int
    standby: bool
    idle_since: int
    warned: set[int] = field(default_factory=set)
    warning: bool = False
    drain_until: int | None = None
    drain_why: str = "revoked"

    @property
    def gid(self) -> str:
        """The id of the grant."""
        return self.grant.gid

    def pass_over_warnings(self, now: int) -> None:
        """Count warnings whose moment is already past as given: a short grant does not begin with a
        warning.
        """
        self.warned = {seconds for seconds in self.grant.warn if self.end_at - seconds * 1000 <= now}

    def due_warning(self, now: int) -> bool:
        """Whether a further warning is due; it is then counted as given."""
        due = {seconds for seconds in self.grant.warn if self.end_at - seconds * 1000 <= now} - self.warned
        self.warned |= due
        self.warning = self.warning or bool(due)
        return bool(due)

    def next_warning(self) -> int:
        """The moment of the next warning, NEVER when there is none."""
        left = set(self.grant.warn) - self.warned
        return min((self.end_at - seconds * 1000 for seconds in left), default=NEVER)

    def tighten(self, *, now: int, latest: int) -> None:
        """Move the end later, but not beyond what `latest` (upper bound of server time) proves to be still
        inside.
        """
        proven = deadline(anchor=now, remaining=self.grant.exp - latest)
        if proven > self.exp_at:
            self.end_at += proven - self.exp_at
            self.exp_at = proven


def begin(*, grant: Grant, anchor: int, stamp: int, standby: bool, now: int) -> Session:
    """A session whose server time was at most `stamp` (epoch ms) at monotonic `anchor`."""
    exp_at = deadline(anchor=anchor, remaining=grant.exp - stamp)
    lease = 0 if standby else deadline(anchor=anchor, remaining=grant.lease)
    session = Session(
        grant=grant,
        exp_at=exp_at,
        end_at=exp_at - (grant.exp - (grant.end or grant.exp)),
        lease_until=min(lease, exp_at) if not standby else now,
        standby=standby,
        idle_since=now,
    )
    session.pass_over_warnings(now)
    return session


@dataclass(slots=True)
class Question:
    """A swipe that waits for its answer; `asked_at` is the first asking, to which every deadline is
    anchored.
    """

    rid: str
    kind: str
    asked_at: int
    send_at: int
    standby_at: int
    giveup_at: int
    card: str | None = None
    card2: str | None = None
    ask: str | None = None
    gid: str | None = None


@dataclass(slots=True)
class Waiting:
    """A two-person grant that waits for its second card."""

    session: Session
    until: int
