"""The seam of the chaos model: what it asks of a server, and what of the server's records the oracle
reads.

To plug in a server: implement `ServerUnderTest`. `handle` and `tick` must behave like the real ingest
(commit, then return what would be published) and may raise `ServerCrash` at an armed point; after that
nothing is called until `restart`. Whatever was not committed must be gone by then. `records` is read when the
run has ended."""

from dataclasses import dataclass, field
from typing import Protocol

CRASH_POINTS = ("before_commit", "after_commit")


class ServerCrash(Exception):
    """The gateway died at an armed point; its memory is gone, its database is not."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A frame that the server publishes."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(slots=True)
class GrantRecord:
    """A committed grant. Times are epoch ms of the server's clock; `ended_at` is when it stopped being
    live.
    """

    gid: str
    dev: str
    node: int
    card: str | None
    rid: str | None
    nbf: int
    exp: int
    lease: int
    off: int
    standby: bool
    decided: bool
    granted_at: int
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class SliceRecord:
    """A use as journalled: [odo0, odo1) of one node; `odo1` is None while the off entry is missing."""

    dev: str
    node: int
    gid: str | None
    odo0: int
    odo1: int | None


@dataclass(slots=True)
class ServerRecords:
    """What the server committed, as the oracle wants it."""

    grants: list[GrantRecord] = field(default_factory=list)
    slices: list[SliceRecord] = field(default_factory=list)
    revoked_at: dict[str, int] = field(default_factory=dict)
    journal: dict[str, list[int]] = field(default_factory=dict)
    stops: dict[str, dict[int, bool]] = field(default_factory=dict)
    views: dict[tuple[str, int], tuple[int, str | None]] = field(default_factory=dict)


class ServerUnderTest(Protocol):
    """A server in the hands of the chaos model; every moment is epoch ms."""

    def handle(self, topic: str, payload: bytes, now_ms: int) -> list[Outgoing]:
        """Ingest one frame; returns what it publishes after the commit. Never raises for a bad frame."""

    def tick(self, now_ms: int) -> list[Outgoing]:
        """Time has passed: resend, relay the outbox."""

    def crash_at(self, point: str) -> None:
        """Arm one crash: the next ingest that reaches `point` raises ServerCrash."""

    def restart(self, now_ms: int) -> list[Outgoing]:
        """Begin again from the database; returns the retained state to republish."""

    def allow(self, card: str, *, allowed: bool) -> None:
        """Whether the rules say yes to this card from now on."""

    def live(self, dev: str, node: int, now_ms: int) -> str | None:
        """The live session grant of a node."""

    def revoke(self, gid: str, now_ms: int) -> list[Outgoing]:
        """Withdraw a grant."""

    def stop(self, dev: str, now_ms: int, *, on: bool) -> list[Outgoing]:
        """Raise or clear the software stop."""

    def offer_standby(self, dev: str, node: int, card: str, now_ms: int) -> list[Outgoing]:
        """Push a stand-by grant for a card."""

    def records(self) -> ServerRecords:
        """Everything committed."""
