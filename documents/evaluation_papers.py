"""The paper by which the results of an evaluation are published (效益评价结果的通报)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from documents.contexts import NOTHING, Pair, Words
from documents.official import OfficialContext


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """One instrument or laboratory: its score, written ('87.25'), and its grade."""

    subject: Words
    code: str
    unit: Words
    score: str
    grade: Words
    note: Words = NOTHING  # 'changed by the panel', 'after an appeal'


@dataclass(frozen=True, kw_only=True)
class GradeCount:
    """How many got a grade."""

    grade: Words
    number: int


@dataclass(frozen=True, kw_only=True)
class EvaluationResultContext(OfficialContext):
    """The results of a round, by score; what they were computed by; how many appealed."""

    kind: ClassVar[str] = "evaluation_result"

    scheme: Words
    version: int
    judged_from: datetime
    judged_until: datetime  # exclusive
    rows: tuple[ResultRow, ...]
    grades: tuple[GradeCount, ...]
    parts: tuple[Pair, ...] = ()  # part and weight, '35 %'
    laboratories: bool = False
    notice_from: datetime | None = None
    notice_until: datetime | None = None  # exclusive
    appeals: int = 0
    upheld: int = 0
    scheme_digest: str = ""

    @property
    def heading(self) -> Words:
        return Words(f"关于{self.scheme.zh}结果的通报", f"Results: {self.scheme.said('en')}")

    @property
    def public(self) -> tuple[Pair, ...]:
        return (
            Pair(Words("评价对象", "Judged"), Words(str(len(self.rows)))),
            *(Pair(one.grade, Words(str(one.number))) for one in self.grades),
        )

    @property
    def is_about_something(self) -> bool:
        return bool(self.rows)
