"""The pages of the yearly review: the head completes a table, the office sees how far all of them are and
publishes, everybody reads what is published.
"""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.evaluation.facility_papers import paper_of
from apps.evaluation.models import FacilityReview
from apps.evaluation.publications import claim_paper
from tests.factories.evaluations import drawn, sheet_of
from tests.factories.panels import board
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.workflows.facility_review.years import Year, opened, said

TABLE_QUERIES, YEAR_QUERIES = 13, 11


@pytest.fixture
def year(scene: Scene) -> Year:
    return opened(scene.people, scene.now)


def test_the_head_sees_numbers_with_their_records_and_what_is_open(year: Year, signed_in: SignedIn) -> None:
    page = signed_in(year.head).get(reverse("facility_table", args=[year.table.ulid])).content.decode()
    assert ">3 h</a>" in page
    assert "8,760 h" in page
    assert reverse("facility_cell", args=[year.table.ulid, "seminars"]) in page
    assert page.count("未填") >= 1
    link = year.table.cells.get(key="effective_hours").link
    records = signed_in(year.head).get(link)
    assert records.context["total"].value == 3 * 3_600_000


def test_the_head_writes_numbers_and_notes(year: Year, signed_in: SignedIn) -> None:
    head = signed_in(year.head)

    def write(key: str, **sent: str) -> int:
        return head.post(reverse("facility_cell", args=[year.table.ulid, key]), sent).status_code

    assert write("seminars", value="12") == 302
    assert write("core_hours", value="1.5") == 302
    assert write("users", note="系统切换, 无法统计") == 302
    cells = said(year.table)
    assert (cells["seminars"], cells["core_hours"], cells["users"]) == (12, 5_400_000, "系统切换, 无法统计")
    assert write("seminars", value="1.5") == 422
    assert write("seminars", value="3", note="both") == 422
    assert write("seminars", value="-1") == 422
    assert write("happiness", value="1") == 404


def test_a_measured_number_cannot_be_sent_either(year: Year, signed_in: SignedIn) -> None:
    address = reverse("facility_cell", args=[year.table.ulid, "income"])
    signed_in(year.head).post(address, {"value": "1000000"})
    assert said(year.table)["income"] == 0
    api = f"/api/v1/facility-reviews/tables/{year.table.ulid}/cells/income"
    answer = signed_in(year.head).put(api, {"value": 9}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "facility.measured")


def test_the_office_sees_all_facilities_and_publishes_when_all_are_scored(
    year: Year, signed_in: SignedIn
) -> None:
    office = signed_in(year.they.office)
    page = office.get(reverse("facility_review", args=[2025]))
    assert len(page.context["lines"]) == year.review.tables.count()
    assert not page.context["can_publish"]
    answer = office.post(reverse("facility_review_publish", args=[2025]), follow=True)
    assert FacilityReview.objects.get().state == "open"
    assert answer.status_code == 200
    year.judged(90, 85, 80)
    year.review.tables.exclude(pk=year.table.pk).update(state="scored", confirmed_at=year.now)
    assert office.get(reverse("facility_review", args=[2025])).context["can_publish"]
    office.post(reverse("facility_review_publish", args=[2025]))
    alice = signed_in(year.they.alice)
    table = alice.get(reverse("facility_table", args=[year.table.ulid]))
    assert (table.status_code, "85.00" in table.content.decode()) == (200, True)
    assert year.table.cells.get(key="effective_hours").link not in table.content.decode()


def test_a_score_is_no_secret_kept_badly(year: Year, signed_in: SignedIn) -> None:
    """Before publication neither the facility nor a program of theirs reads it."""
    year.judged(41, 42, 41)
    head = signed_in(year.head)
    assert "41.33" not in head.get(reverse("facility_table", args=[year.table.ulid])).content.decode()
    assert "41.33" not in head.get(reverse("facility_review", args=[2025])).content.decode()
    assert head.get(f"/api/v1/facility-reviews/tables/{year.table.ulid}").json()["score"] is None
    assert "41.33" not in _workbook(head)
    assert "41.33" in _workbook(signed_in(year.they.office))
    case = head.get(reverse("case_detail", args=[year.case.ulid]))
    assert "运行平稳" not in case.content.decode()


def _workbook(client: Client) -> str:
    answer = client.get(reverse("facility_review_export", args=[2025]))
    with ZipFile(BytesIO(b"".join(answer))) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


def test_the_head_reads_no_other_facility(year: Year, signed_in: SignedIn) -> None:
    found = signed_in(year.head).get(reverse("facility_review", args=[2025])).context["lines"]
    assert [one.table for one in found] == [year.table]
    other = year.review.tables.exclude(pk=year.table.pk).first()
    if other is not None:
        assert signed_in(year.head).get(reverse("facility_table", args=[other.ulid])).status_code == 404


def test_the_office_opens_a_year_and_hears_what_is_wrong(scene: Scene, signed_in: SignedIn) -> None:
    office, address = signed_in(scene.people.office), reverse("facility_review_list")
    assert office.post(address, {"year": "2025"}).status_code == 422  # there is no committee to score
    board(scene.people, scene.now, code="evaluation")
    assert office.post(address, {"year": "1888"}).status_code == 422
    assert signed_in(scene.people.wang).post(address, {"year": "2025"}).status_code == 403
    answer = office.post(address, {"year": "2025"})
    assert answer.headers["Location"] == reverse("facility_review", args=[2025])
    assert office.post(address, {"year": "2025"}).status_code == 422


def test_the_workbook_has_notes_in_their_cells(year: Year, signed_in: SignedIn) -> None:
    year.complete()
    text = _workbook(signed_in(year.they.office))
    assert "由调度系统计量" in text
    assert "<v>3.00</v>" in text


def test_the_printed_case_holds_the_whole_table(year: Year, signed_in: SignedIn) -> None:
    year.complete()
    year.confirm()
    printed = signed_in(year.they.office).get(reverse("case_print", args=[year.case.ulid]))
    assert printed.headers["Content-Type"] == "application/pdf"
    content = year.case.dossiers.order_by("-number")[0].content
    rows = [row for section in content["sections"] for row in section["rows"]]
    assert {"label": "Effective hours", "value": "3 h"} in rows
    assert {"label": "Core-hours", "value": "由调度系统计量"} in rows


def test_core_papers_lead_to_their_list_and_to_the_sheets_that_claim_them(
    scene: Scene, signed_in: SignedIn
) -> None:
    they, now = scene.people, scene.now
    sheet = sheet_of(drawn(they, now), they.sem)
    claim_paper(sheet=sheet, title="Growth of oxides", year=2025, doi="10.1038/x1", by=None, now=now)
    year = opened(they, now)
    head = signed_in(year.head)
    page = head.get(reverse("facility_table", args=[year.table.ulid])).content.decode()
    address = reverse("facility_papers", args=[2025, year.table.facility.ulid])
    assert f'href="{address}">1</a>' in page
    listed = head.get(address).content.decode()
    assert "Growth of oxides" in listed
    assert "https://doi.org/10.1038/x1" in listed
    assert reverse("evaluation_sheet", args=[sheet.ulid]) in listed
    assert signed_in(they.alice).get(address).status_code == 404


def test_the_table_leads_to_its_paper_once_one_may_read_it(year: Year, signed_in: SignedIn) -> None:
    year.judged()
    paper = paper_of(year.table)
    assert paper is not None
    table = reverse("facility_table", args=[year.table.ulid])
    assert paper.number in signed_in(year.they.office).get(table).content.decode()
    assert paper.number not in signed_in(year.head).get(table).content.decode()
    detail = reverse("document_detail", args=[paper.ulid])
    assert signed_in(year.head).get(detail).status_code in (403, 404)


def test_the_pages_ask_a_known_number_of_queries(
    year: Year, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    office = signed_in(year.they.office)
    table, whole = reverse("facility_table", args=[year.table.ulid]), reverse("facility_review", args=[2025])
    office.get(table)
    with django_assert_num_queries(TABLE_QUERIES):
        office.get(table)
    with django_assert_num_queries(YEAR_QUERIES):
        office.get(whole)


def test_in_english_it_says_the_same(year: Year, signed_in: SignedIn) -> None:
    head = signed_in(year.head)
    head.cookies["django_language"] = "en"
    page = head.get(reverse("facility_table", args=[year.table.ulid])).content.decode()
    for words in ("Effective hours", "Core papers", "still want a number or a note", "Ratios"):
        assert words in page
