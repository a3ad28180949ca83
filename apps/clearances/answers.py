"""What the gate answers: to a controller, to a person, to whoever watches. Values only; nothing here asks
or decides.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One failing condition in the user's words, with who can mend it and where."""

    code: str
    zh: str
    en: str
    mender: str
    link: str


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """What a controller is granted: one card on one node within [not_before, expires_at), `lease_ms` at a
    time.

    `need2`: power only after a second card. `warn_s`: seconds before the end at which the user is warned.
    """

    gid: str
    node: int
    card: str | None
    not_before: datetime
    expires_at: datetime
    lease_ms: int
    off_ms: int
    need2: bool
    idle_ms: int
    warn_s: tuple[int, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The gate's answer to a controller. `decision` is the ULID of the record that it stands on."""

    allowed: bool
    codes: tuple[str, ...]
    reasons: tuple[Reason, ...]
    decision: str
    message_zh: str
    message_en: str
    grant: GrantTerms | None


@dataclass(frozen=True, slots=True)
class FactShown:
    """One fact that a condition looks at, and where it comes from."""

    name: str
    value: Any
    source: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the purpose, met or not. `zh`/`en` name it when met and say what is wrong when not."""

    code: str
    zh: str
    en: str
    met: bool
    mender: str
    mender_label: str
    link: str
    facts: tuple[FactShown, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """'May I use it?' with every condition. `until` and `until_reason` are empty where the answer is no."""

    allowed: bool
    purpose: str
    until: datetime | None
    until_reason: str
    codes: tuple[str, ...]
    reasons: tuple[Reason, ...]
    conditions: tuple[Condition, ...]
    decision: str
    estimated_fen: int


@dataclass(frozen=True, slots=True)
class SessionView:
    """The session that holds a node now, as heartbeats and the wall need it."""

    gid: str
    dev: str
    node: int
    state: str
    kind: str
    purpose: str
    instrument_id: int
    user_id: int | None
    user_zh: str
    user_en: str
    card: str
    not_before: datetime
    expires_at: datetime
    opened_at: datetime | None
    revoked_at: datetime | None
    drain_until: datetime | None
    lease_ms: int
    off_ms: int

    def leases(self, at: datetime) -> bool:
        """Whether the server still agrees at this moment: begun, not over, not revoked (or draining)."""
        if self.revoked_at is not None and (self.drain_until is None or at >= self.drain_until):
            return False
        return self.not_before <= at < self.expires_at
