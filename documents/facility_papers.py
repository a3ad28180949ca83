"""The paper of a facility's year (年度考核表): its table, the ratios that follow from it, the score."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid
from documents.contexts import NOTHING, Context, Pair, Words


@dataclass(frozen=True, kw_only=True)
class TableCell:
    """One line of the table: what it counts, and the number as it is written ('1,234.5 h') or the note that
    stands in its place. `records` stand behind the number; `stated` where only the facility knows it.
    """

    title: Words
    unit: Words
    number: str = ""
    note: str = ""
    records: int = 0
    stated: bool = False


@dataclass(frozen=True, kw_only=True)
class GivenPoints:
    """What one of the panel gave, 0 to 100, and why; not who."""

    points: int
    opinion: str


@dataclass(frozen=True, kw_only=True)
class FacilityTableContext(Context):
    """The yearly table of one facility, as it was confirmed and scored."""

    kind: ClassVar[str] = "facility_table"

    institution: Words
    office: Words
    facility: Words
    facility_code: str
    lab: Words
    year: int
    cells: tuple[TableCell, ...]
    ratios: tuple[Pair, ...]
    confirmed_at: datetime
    confirmed_by: Words = NOTHING  # nobody where it came from another system
    given: tuple[GivenPoints, ...] = ()  # by points, the most first
    score: str = ""  # the mean, written ('85.50'); empty where nobody gave any
    case_number: str = ""
    submission_digest: str = ""  # SHA-256 of the table as it was frozen for the panel

    @property
    def heading(self) -> Words:
        return Words(f"大型仪器平台{self.year}年度考核表", f"Yearly Table of a Facility, {self.year}")

    @property
    def authority(self) -> Words:
        return Words(
            f"{self.institution.zh}{self.office.zh}",
            f"{self.institution.said('en')}, {self.office.said('en')}",
        )

    @property
    def public(self) -> tuple[Pair, ...]:
        return (
            Pair(Words("平台", "Facility"), self.facility),
            Pair(Words("年度", "Year"), Words(str(self.year))),
        )

    def refuse_unfit(self) -> None:
        """Raises Invalid `documents.too_little` for a table that says nothing."""
        if not self.cells:
            raise Invalid(
                _("This paper would be about nothing: what it decides is not listed."),
                code="documents.too_little",
            )
