"""What the checks say: a code, how serious it is, where it is, and the numbers for its sentence. The words
are translated by code (`wording.py`), so that a finding that was stored is read in the reader's language.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any

BLOCK, WARN, NOTE = "block", "warn", "note"
SEVERITIES = (BLOCK, WARN, NOTE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found. `instrument` is a ULID, `item` the code of an item or empty (the whole
    sheet), `field` the member of the content that it is about ('prices.internal_fen'). `args` are JSON
    values: money in fen under names ending in `_fen`, costs in `_e4`, ratios as decimal strings.
    """

    code: str
    severity: str
    instrument: str = ""
    item: str = ""
    field: str = ""
    args: dict[str, Any] = member(default_factory=dict)

    @property
    def place(self) -> tuple[str, str, str]:
        return self.instrument, self.item, self.field


def worst(findings: Iterable[Finding]) -> str:
    """The most serious severity among them; 'note' where there is nothing."""
    found = {finding.severity for finding in findings}
    return next((severity for severity in SEVERITIES if severity in found), NOTE)


def of(findings: Iterable[Finding], severity: str) -> tuple[Finding, ...]:
    """Those of one severity."""
    return tuple(finding for finding in findings if finding.severity == severity)
