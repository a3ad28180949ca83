"""Known facts: a value, where it comes from, and until when it holds. It keeps what others found and looks
nothing up.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from: a kind of row and its public identifier, named for people. No names of
    persons, no card digests.
    """

    kind: str
    ref: str
    label_zh: str
    label_en: str
    valid_until: datetime | None = None
    case: str = ""

    def to_json(self) -> dict[str, Any]:
        """The source as kept beside the fact in a decision record."""
        found: dict[str, Any] = {
            "kind": self.kind,
            "ref": self.ref,
            "label_zh": self.label_zh,
            "label_en": self.label_en,
        }
        if self.valid_until is not None:
            found["valid_until"] = self.valid_until.isoformat()
        if self.case:
            found["case"] = self.case
        return found


@dataclass(slots=True)
class Gathered:
    """Facts with their sources, and the moments at which one of them stops to hold, by reason.

    `ends` keeps the earliest moment of each reason; who uses it decides which reasons matter for a purpose.
    """

    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)

    def say(self, source: Source, **facts: Any) -> None:
        """These facts come from this source."""
        for name, value in facts.items():
            self.values[name] = value
            self.sources[name] = source

    def end(self, reason: str, at: datetime | None) -> None:
        """Something ends at this moment; nothing does where there is none."""
        if at is not None and (reason not in self.ends or at < self.ends[reason]):
            self.ends[reason] = at
