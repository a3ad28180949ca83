# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""The report of tested samples (检测报告): what was handed in, in which state it came, what was measured by
whom, who checked it, and which files belong to it, each with its digest.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from documents.contexts import NOTHING, Context, Pair, Words


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One sample and its result. `round` counts tests: above 1 it was tested again."""

    code: str
    name: str  # as the requester calls it
    round: int
    summary: str
    tester: Words
    tested_at: datetime
    condition: Words = NOTHING  # in which it came
    checker: Words = NOTHING  # the second person, where the service asks for one


@dataclass(frozen=True, kw_only=True)
class ResultFile:
    """A file that belongs to the report. `sha256` is that of its bytes, in hexadecimal."""

    sample: str  # its code
    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SampleReportContext(Context):
    """The report of one request."""

    kind: ClassVar[str] = "sample_report"

    institution: Words
    facility: Words
    request_number: str
    requester: Words
    requester_unit: Words
    service: Words
    instrument: Words
    instrument_number: str
    received_at: datetime
    released_at: datetime
    samples: tuple[Measured, ...]
    files: tuple[ResultFile, ...] = ()
    handling: str = ""
    group: Words = NOTHING

    @property
    def heading(self) -> Words:
        return Words("检测报告", "Test Report")

    @property
    def authority(self) -> Words:
        return self.institution

    @property
    def named(self) -> Words:
        return self.requester

    @property
    def public(self) -> tuple[Pair, ...]:
        count = len(self.samples)
        return (
            Pair(
                Words("仪器", "Instrument"),
                Words(
                    f"{self.instrument.zh}（{self.instrument_number}）",
                    f"{self.instrument.said('en')} ({self.instrument_number})",
                ),
            ),
            Pair(Words("项目", "Service"), self.service),
            Pair(Words("样品数", "Samples"), Words(str(count), str(count))),
        )
