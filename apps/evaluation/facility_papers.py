"""The paper of a facility's year: what it says, its issue, whether it stands, and who reads it."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.core.errors import Text
from apps.core.figures import UNIT_WORDS, Figure, written
from apps.evaluation.facility import judges_of
from apps.evaluation.facility_reading import Told, cells_of, quotients
from apps.evaluation.models import FacilityTable
from apps.people.models import OrgUnit, User
from apps.people.queries import is_office
from documents.checks import Standing, reader_of, standing_of
from documents.contexts import Pair, Words
from documents.facility_papers import FacilityTableContext, GivenPoints, TableCell
from documents.fonts import legible
from documents.models import Document
from documents.operations import issue_document
from documents.queries import document_for
from documents.saying import in_both, named

KIND = FacilityTableContext.kind


def issue_table(table: FacilityTable, *, case_number: str, submission_digest: str, now: datetime) -> Document:
    """The numbered paper of a table that is scored; asked again, the same one."""
    return issue_document(
        context=table_sheet(table, case_number=case_number, submission_digest=submission_digest),
        subject_ref=f"{KIND}:{table.ulid}",
        holder=None,
        by=None,
        now=now,
        language="zh-hans",
    )


def paper_of(table: FacilityTable) -> Document | None:
    """The paper of a table; None before it is scored. One query."""
    return document_for(KIND, f"{KIND}:{table.ulid}")


def table_sheet(
    table: FacilityTable, *, case_number: str = "", submission_digest: str = ""
) -> FacilityTableContext:
    """What the paper says, in both languages. What people wrote beside the numbers is written so that it can
    be printed.
    """
    cells = cells_of(table)
    school = OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).order_by("id").first()
    given = table.scores.filter(user__in=judges_of(table)).order_by("-points", "pk")
    if table.confirmed_at is None:
        raise ValueError("a table that nobody confirmed has no paper")
    return FacilityTableContext(
        institution=named(school),
        office=in_both(lambda: _("Equipment office")),
        facility=named(table.facility),
        facility_code=table.facility.code,
        lab=named(table.facility.lab),
        year=table.review.year,
        cells=tuple(_cell(one) for one in cells),
        ratios=tuple(_ratios(cells)),
        confirmed_at=table.confirmed_at,
        confirmed_by=legible(named(table.confirmed_by)),
        given=tuple(GivenPoints(points=one.points, opinion=legible(one.opinion)) for one in given),
        score="" if table.score is None else f"{Decimal(table.score) / 100:.2f}",
        case_number=case_number,
        submission_digest=submission_digest,
    )


@standing_of(KIND)
def table_standing(document: Document, now: datetime) -> Standing:
    """A table counts from the publication of its year on. One query."""
    published = FacilityTable.State.PUBLISHED
    return Standing.VALID if _table_of(document).state == published else Standing.NOT_YET


@reader_of(KIND)
def who_reads_it(user: User, document: Document, now: datetime) -> bool:
    """Everybody who has an account once it is published; until then the office: the score is on it."""
    return _table_of(document).state == FacilityTable.State.PUBLISHED or is_office(user, now)


def _table_of(document: Document) -> FacilityTable:
    return FacilityTable.objects.get(ulid=document.subject_ref.partition(":")[2])


def _cell(one: Told) -> TableCell:
    return TableCell(
        title=in_both(lambda: one.column.title),
        unit=in_both(lambda: UNIT_WORDS[one.column.unit]),
        number=written(one.figure) if one.figure is not None else "",
        note=legible(one.cell.note),
        records=one.cell.records,
        stated=one.cell.is_entered,
    )


def _ratios(cells: list[Told]) -> list[Pair]:
    found = quotients({one.column.key: one.figure for one in cells})
    return [_ratio(one.title, figure) for one, figure in found]


def _ratio(title: Text, figure: Figure | None) -> Pair:
    said = Words(written(figure)) if figure is not None else in_both(lambda: _("no number"))
    return Pair(in_both(lambda: title), said)
