"""What the sensors say of a use, for whoever looks at it: bars of load over time, a line for the proposed
end, the journal of the controller, and the same as a table. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.core.clock import to_ms
from apps.core.errors import Text
from apps.portal.machinewords import journal_word
from apps.usage.evidence import Stretch, evidence_of, last_load
from apps.usage.models import UsageRecord
from devices.queries import told_between

WIDE = 1000  # the drawing is so many units wide and 100 high
ROWS = 48
_AROUND = timedelta(minutes=10)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Bar:
    """A stretch as it is drawn: where, and how much of it was under power and under load (0 to 100)."""

    x: int
    width: int
    power: int
    load: int

    @property
    def power_top(self) -> int:
        return 100 - self.power

    @property
    def load_top(self) -> int:
        return 100 - self.load


@dataclass(frozen=True)
class Line:
    """A line of the controller's journal in words."""

    at: datetime
    word: Text
    why: str


@dataclass(frozen=True)
class Evidence:
    """Everything that the page shows of a use. `mark` is where the proposed end is drawn, if there is one."""

    start: datetime
    end: datetime
    bars: Sequence[Bar]
    rows: Sequence[Stretch]
    last_load: datetime | None
    mark: int | None
    journal: Sequence[Line]

    @property
    def first_ms(self) -> int:
        """The beginning of the drawing for a script (ms since 1970)."""
        return to_ms(self.start)

    @property
    def length_ms(self) -> int:
        """How long the drawing is (ms)."""
        return max(1, (self.end - self.start) // _MS)

    @property
    def middle(self) -> datetime:
        """What stands in the middle below the drawing."""
        return self.start + (self.end - self.start) / 2


def evidence_page(
    record: UsageRecord, *, line: Sequence[Stretch] = (), proposed: datetime | None = None
) -> Evidence:
    """The evidence of a use: that which was kept with a proposal (`line`), else what is known now. One query,
    two more where nothing was kept.
    """
    line = line or evidence_of(record)
    start = line[0].start if line else record.started_at
    end = line[-1].end if line else record.ended_at
    told = told_between(record.session.dev, record.session.node, start - _AROUND, end + _AROUND)
    return Evidence(
        start=start,
        end=end,
        bars=[_bar(one, start, end) for one in line],
        rows=_rows(line),
        last_load=last_load(line),
        mark=_x(proposed, start, end) if proposed is not None else None,
        journal=[Line(one.at, journal_word(one.kind), one.why) for one in told],
    )


def _bar(one: Stretch, start: datetime, end: datetime) -> Bar:
    x = _x(one.start, start, end)
    length = max(1, one.length_ms)
    return Bar(
        x=x,
        width=max(1, _x(one.end, start, end) - x),
        power=100 * one.powered_ms // length,
        load=100 * one.busy_ms // length,
    )


def _x(moment: datetime, start: datetime, end: datetime) -> int:
    whole = max(1, (end - start) // _MS)
    return min(WIDE, max(0, WIDE * ((moment - start) // _MS) // whole))


def _rows(line: Sequence[Stretch]) -> list[Stretch]:
    """The line as a table: neighbours together, so that a long use has no thousand rows."""
    size = max(1, -(-len(line) // ROWS))
    return [
        Stretch(
            part[0].start,
            part[-1].end,
            sum(one.powered_ms for one in part),
            sum(one.busy_ms for one in part),
        )
        for part in _batched(line, size)
    ]


def _batched(line: Sequence[Stretch], size: int) -> list[Sequence[Stretch]]:
    return [line[first : first + size] for first in range(0, len(line), size)]
