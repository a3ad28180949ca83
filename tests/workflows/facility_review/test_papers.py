"""The papers of a facility's year: those that it published, which the table counts from the claims of
evaluations, and the numbered one that the table becomes.
"""

from datetime import datetime
from typing import Any

import pytest

from apps.core.errors import Invalid
from apps.evaluation import publications
from apps.evaluation.crediting import papers_of
from apps.evaluation.facility import publish_review, write_cell
from apps.evaluation.facility_papers import paper_of
from apps.evaluation.facility_reading import totals
from apps.evaluation.models import Claim, Publication, Round
from apps.instruments.models import Facility, Instrument
from documents.checks import Standing
from documents.contexts import Words
from documents.facility_papers import FacilityTableContext
from documents.kinds import thaw
from documents.operations import seal
from documents.queries import check, may_read, sealed_bytes
from tests.factories.evaluations import drawn, sheet_of
from tests.factories.instruments import many
from tests.factories.refusals import refused
from tests.people import People
from tests.workflows.facility_review.years import Year, opened, said
from workflows.facility_review.beginning import open_year

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(they: People, now: datetime) -> Year:
    return opened(they, now)


def claim(round_: Round, instrument: Instrument, title: str, now: datetime, year: int = 2025) -> Claim:
    """The sheet of an instrument claims a paper."""
    return publications.claim_paper(
        sheet=sheet_of(round_, instrument), title=title, year=year, by=None, now=now
    )


def test_core_papers_are_those_that_the_instruments_of_the_facility_claim_each_once(
    they: People, now: datetime
) -> None:
    """Two claimed twice, one of another year, one refused, one taken back, one in no core journal: 2."""
    many(they.sem, 1)
    sister = Instrument.objects.exclude(pk=they.sem.pk).get(facility=they.sem.facility)
    round_ = drawn(they, now)
    for instrument in (they.sem, sister):
        claim(round_, instrument, "Growth of oxides", now)
    claim(round_, they.sem, "Grain boundaries", now)
    claim(round_, they.sem, "Another year", now, year=2026)
    refused_one = claim(round_, they.sem, "Not ours", now)
    Claim.objects.filter(pk=refused_one.pk).update(refused="made elsewhere")
    publications.withdraw_claim(claim=claim(round_, they.sem, "Taken back", now), by=None, now=now)
    claim(round_, they.sem, "In a newspaper", now)
    Publication.objects.filter(title="In a newspaper").update(core=False)

    year = opened(they, now)
    cell = year.table.cells.get(key="papers")
    assert (cell.value, cell.measured, cell.records, cell.source) == (2, 2, 2, "evaluation.publications")
    assert len(cell.digest) == 64
    listed = list(papers_of(they.sem.facility, 2025))
    assert [one.title for one in listed] == ["Grain boundaries", "Growth of oxides"]
    assert [len(one.credits) for one in listed] == [1, 2]  # type: ignore[attr-defined]
    with refused(Invalid, "facility.measured"):
        write_cell(cell=cell, value=40, note="", by=year.head, now=now)


def test_a_paper_of_two_facilities_counts_in_both_and_claims_of_a_cancelled_round_in_none(
    they: People, now: datetime
) -> None:
    many(they.sem, 1)
    other = Facility.objects.create(code="NMR", name_zh="核磁中心", name_en="NMR centre", lab=they.lab)
    sister = Instrument.objects.exclude(pk=they.sem.pk).get(facility=they.sem.facility)
    Instrument.objects.filter(pk=sister.pk).update(facility=other)
    round_ = drawn(they, now)
    for instrument in (they.sem, sister):
        claim(round_, instrument, "Seen by both", now)
    year = opened(they, now)
    counted = {table.facility_id: said(table)["papers"] for table in year.review.tables.all()}
    assert counted == {they.sem.facility_id: 1, other.pk: 1}
    everything = {
        one.column.key: one.figure for one in totals([t.cells.all() for t in year.review.tables.all()])
    }
    assert everything["papers"] is None  # one paper of the school, not two
    Publication.objects.update(year=2026)
    Round.objects.filter(pk=round_.pk).update(state="cancelled")
    later = open_year(year=2026, by=they.office, now=now)
    assert {said(table)["papers"] for table in later.tables.all()} == {0}
    assert not papers_of(other, 2026).exists()


def test_the_table_becomes_a_numbered_paper_when_its_panel_is_through(year: Year) -> None:
    year.complete()
    year.confirm()
    year.seat()
    assert paper_of(year.table) is None
    for judge, points in zip(year.judges, (90, 81, 80), strict=True):
        year.score(judge, points, f"points: {points} \U0001f44d")
    paper = paper_of(year.table)
    assert paper is not None
    assert paper.number == f"NDKH-{year.now.year}-00001"
    told = thaw(paper.content)
    assert isinstance(told, FacilityTableContext)
    assert (told.score, [one.points for one in told.given]) == ("83.67", [90, 81, 80])
    assert told.given[0].opinion == "points: 90 [U+1F44D]"
    cells = {one.title.en: one for one in told.cells}
    assert (cells["Effective hours"].number, cells["Effective hours"].records) == ("3 h", 1)
    assert (cells["Core-hours"].note, cells["Core-hours"].stated) == ("由调度系统计量", True)
    assert {one.label.en: one.value for one in told.ratios}["Effective hours per instrument"] == Words("3 h")
    assert told.submission_digest == year.case.dossiers.order_by("-number")[0].digest
    assert told.case_number == year.case.number


def test_before_publication_only_the_office_reads_it_and_the_check_page_says_not_yet(year: Year) -> None:
    year.judged()
    paper = paper_of(year.table)
    assert paper is not None

    def readers() -> list[bool]:
        who = (year.they.office, year.head, year.judges[0], year.they.alice)
        return [may_read(user, paper, year.now) for user in who]

    assert readers() == [True, False, False, False]
    checked = check(paper.check_code, year.now)
    assert checked is not None
    assert checked.standing == Standing.NOT_YET
    assert "83.67" not in str(checked.public)
    publish_review(review=year.review, by=year.they.office, now=year.now)
    assert readers() == [True, True, True, True]
    checked = check(paper.check_code, year.now)
    assert checked is not None
    assert checked.standing == Standing.VALID


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_its_file_is_sealed_in_both_languages(
    year: Year, language: str, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        year.judged()
    paper = paper_of(year.table)
    assert paper is not None
    rendition = seal(document=paper, language=language, now=year.now)
    assert sealed_bytes(rendition).startswith(b"%PDF")
