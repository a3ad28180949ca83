"""The pages of figures: who sees what of which instrument, the same numbers on the page, in the files and in
the records behind them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.instruments.models import Instrument
from apps.people.models import Post
from apps.people.operations import grant_authorization
from apps.people.posts import appoint_post
from apps.reports.figures.definitions import DEFINITIONS, KEYS
from tests.factories.instruments import sister
from tests.factories.usage import Past, past_uses
from tests.web.conftest import SignedIn
from tests.web.scene import Scene

HOUR_MS = 3_600_000
DAY = timedelta(days=1)
TABLE_QUERIES, RECORD_QUERIES = 35, 15
NOBODY: Mapping[str, str] = MappingProxyType({})


def _sister(scene: Scene) -> Instrument:
    return scene.once("sister", lambda: sister(scene.people.sem, "SISTER01", scene.now))


@pytest.fixture
def used(scene: Scene) -> Scene:
    """Alice used the FE-SEM A for three hours and Charlie its sister for five, in October."""
    they, october = scene.people, datetime.fromisoformat("2026-10-12T02:00:00+00:00")
    other = _sister(scene)
    past_uses(they.sem, [Past(october, 3 * HOUR_MS, they.alice), Past(october + DAY, HOUR_MS, they.alice)])
    past_uses(other, [Past(october, 5 * HOUR_MS, they.charlie, tier="enterprise")])
    return scene


def _page(client: Client, query: Mapping[str, str] = NOBODY, name: str = "figure_list") -> str:
    answer = client.get(reverse(name), {"period": "2026", **query})
    assert answer.status_code == 200, answer.content.decode()[:300]
    return answer.content.decode()


def _records(client: Client, key: str, query: Mapping[str, str]) -> tuple[int, str]:
    answer = client.get(reverse("figure_records", args=[key]), {"period": "2026", **query})
    return answer.status_code, answer.content.decode()


def test_the_office_sees_the_school_by_instrument(used: Scene, signed_in: SignedIn) -> None:
    page = _page(signed_in(used.people.office))
    assert used.people.sem.asset_no in page
    assert "SISTER01" in page
    assert ">9 h<" in page.replace("</a>", "<").replace("\n", "")
    assert "use_rate" in page


def test_a_manager_sees_their_instrument_and_no_other(used: Scene, signed_in: SignedIn) -> None:
    teng, other = signed_in(used.people.teng), _sister(used)
    page = _page(teng)
    assert used.people.sem.asset_no in page
    assert "SISTER01" not in page
    for name in ("figure_list", "figure_export", "figure_csv"):
        asked = teng.get(reverse(name), {"scope": f"instrument:{other.ulid}"})
        assert asked.status_code == 404, name
    assert _records(teng, "users", {"scope": f"instrument:{other.ulid}"})[0] == 404


@pytest.mark.parametrize("text", ["school", "facility", "unit", "instrument", "nothing:x", "unit:", "x"])
def test_whoever_has_no_right_hears_that_there_is_nothing(
    used: Scene, signed_in: SignedIn, text: str
) -> None:
    sem = used.people.sem
    ulid = {"facility": sem.facility.ulid, "unit": sem.unit.ulid, "instrument": sem.ulid}.get(text)
    scope = f"{text}:{ulid}" if ulid else text
    for who in (used.people.alice, used.people.charlie):
        answer = signed_in(who).get(reverse("figure_list"), {"scope": scope})
        assert (answer.status_code, "figures.no_scope" in answer.content.decode()) == (404, True)


def test_a_right_to_see_reports_of_a_facility_opens_it_and_its_instruments_without_names(
    used: Scene, signed_in: SignedIn
) -> None:
    they = used.people
    scope = f"facility:{they.sem.facility.ulid}"
    grant_authorization(user=they.bob, kind="report", scope=scope, grantor=they.office, now=used.now)
    bob = signed_in(they.bob)
    assert they.sem.asset_no in _page(bob)
    status, page = _records(bob, "effective_hours", {"scope": f"instrument:{they.sem.ulid}"})
    assert status == 200
    assert they.alice.name_zh not in page
    assert bob.get(reverse("figure_list"), {"scope": "school"}).status_code == 404
    named = _records(signed_in(they.teng), "effective_hours", {"scope": f"instrument:{they.sem.ulid}"})[1]
    assert they.alice.name_zh in named


def test_who_sees_no_names_cannot_tell_people_by_identifiers_either(used: Scene, signed_in: SignedIn) -> None:
    they = used.people
    scope = f"facility:{they.sem.facility.ulid}"
    grant_authorization(user=they.bob, kind="report", scope=scope, grantor=they.office, now=used.now)
    asked = {"scope": scope, "period": "2026"}
    seen = signed_in(they.bob).get("/api/v1/figures/users/records", asked).json()["items"]
    assert seen
    assert {(one["person"], one["ulid"]) for one in seen} == {("", "")}
    named = signed_in(they.office).get("/api/v1/figures/users/records", asked).json()["items"]
    assert they.alice.ulid in {one["ulid"] for one in named}


def test_the_head_of_a_department_sees_what_stands_in_it(used: Scene, signed_in: SignedIn) -> None:
    they = used.people
    department = they.sem.unit.parent
    assert department is not None
    appoint_post(
        user=they.wang, unit=department, kind=Post.Kind.DEPARTMENT_HEAD.value, by=they.office, now=used.now
    )
    wang = signed_in(they.wang)
    assert they.sem.asset_no in _page(wang, {"scope": f"unit:{department.ulid}"})
    assert _records(wang, "samples", {"scope": f"instrument:{they.sem.ulid}"})[0] == 200


def test_every_link_of_the_table_leads_to_records_that_add_up_to_it(used: Scene, signed_in: SignedIn) -> None:
    office = signed_in(used.people.office)
    for by in ("instrument", "facility", "lab", "department"):
        table = office.get(f"/api/v1/figures?scope=school&period=2026&by={by}").json()
        for row in [*table["rows"], table["whole"]]:
            for key in KEYS:
                if key == "use_rate" or not row["scope"]:
                    continue
                asked = {"scope": "school", "part": row["scope"], "period": "2026", "limit": "100"}
                found = office.get(f"/api/v1/figures/{key}/records", asked).json()
                assert found["total"]["value"] == row["figures"][key]["value"], (by, row["name"], key)


def test_ten_rows_stand_on_a_page_in_the_order_that_was_chosen(used: Scene, signed_in: SignedIn) -> None:
    people = used.people
    for number in range(12):
        sister(people.sem, f"Z{number:02d}", used.now, name_en=f"Z{number:02d}", name_zh=f"Z{number:02d}")
    office, page = signed_in(people.office), reverse("figure_list")
    asked = {"period": "2026", "by": "instrument"}
    found = office.get(page, asked).context
    assert (len(found["rows"]), found["page"].paginator.per_page) == (10, 10)
    assert found["rows"][0][0].figures["effective_hours"].value > 0
    assert len(office.get(page, asked | {"rows": "50"}).context["rows"]) > 12
    assert len(office.get(page, asked | {"rows": "7"}).context["rows"]) == 10
    named = [one.name for one, _figures in office.get(page, asked | {"order": "name"}).context["rows"]]
    assert named == sorted(named)
    opened = office.get(page, asked | {"order": "open_hours", "rows": "50"}).context["rows"]
    hours = [one.figures["open_hours"].value for one, _figures in opened]
    assert hours == sorted(hours, reverse=True)
    assert office.get(page, asked | {"order": "income"}).context["form"].initial["order"] == ""


def test_the_addresses_in_the_table_name_what_they_count(used: Scene, signed_in: SignedIn) -> None:
    office = signed_in(used.people.office)
    answer = office.get(reverse("figure_list"), {"period": "2026", "by": "facility"})
    [row] = [one for one, _figures in answer.context["rows"] if one.figures["effective_hours"].value]
    asked = parse_qs(urlsplit(row.figures["effective_hours"].link).query)
    assert asked == {
        "scope": ["school"],
        "part": [f"facility:{used.people.sem.facility.ulid}"],
        "period": ["2026"],
    }
    assert office.get(row.figures["effective_hours"].link).context["total"].value == 9 * HOUR_MS


def test_a_rate_shows_the_two_figures_that_it_follows_from(used: Scene, signed_in: SignedIn) -> None:
    status, page = _records(signed_in(used.people.office), "use_rate", {"scope": "school"})
    assert status == 200
    assert reverse("figure_records", args=["open_hours"]) in page
    assert "9 h" in page


def test_unknown_figures_periods_and_rows_are_refused(used: Scene, signed_in: SignedIn) -> None:
    office = signed_in(used.people.office)
    assert _records(office, "happiness", {})[0] == 404
    for query in ({"period": "soon"}, {"by": "colour"}, {"period": "free", "first": "2026-01-01"}):
        assert office.get(reverse("figure_list"), query).status_code == 422, query
    assert office.get(reverse("figure_list"), {"show": "nothing"}).status_code == 200


def test_free_days_count_both_ends(used: Scene, signed_in: SignedIn) -> None:
    days = {"period": "free", "first": "2026-10-12", "last": "2026-10-12"}
    page = _page(signed_in(used.people.office), days)
    assert ">8 h<" in page.replace("</a>", "<")


def test_the_workbook_has_a_sheet_for_each_unit(used: Scene, signed_in: SignedIn) -> None:
    answer = signed_in(used.people.office).get(reverse("figure_export"), {"period": "2026"})
    with ZipFile(BytesIO(b"".join(answer))) as book:
        names = book.read("xl/workbook.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert names.count("<sheet ") == len({one.unit for one in DEFINITIONS.values()}) + 1
    assert "<v>9.00</v>" in sheet


def test_the_csv_names_units_and_does_not_let_formulas_in(used: Scene, signed_in: SignedIn) -> None:
    other = _sister(used)
    other.asset_no = "=1+1"
    other.save()
    answer = signed_in(used.people.office).get(reverse("figure_csv"), {"period": "2026"})
    text = b"".join(answer).decode("utf-8-sig")
    assert text.splitlines()[0] == "name,scope,period,figure,unit,value,records"
    assert f"2026,effective_hours,hours_ms,{9 * HOUR_MS},3" in text
    assert "'=1+1" in text


def test_the_records_as_a_workbook_are_those_of_the_page(used: Scene, signed_in: SignedIn) -> None:
    asked = {"period": "2026", "scope": f"instrument:{used.people.sem.ulid}"}
    answer = signed_in(used.people.teng).get(
        reverse("figure_records_export", args=["effective_hours"]), asked
    )
    with ZipFile(BytesIO(b"".join(answer))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert ("<v>3.00</v>" in sheet, "<v>1.00</v>" in sheet, sheet.count("<row ")) == (True, True, 3)


def test_the_pages_ask_a_known_number_of_queries(
    used: Scene, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    office = signed_in(used.people.office)
    _page(office)
    with django_assert_num_queries(TABLE_QUERIES):
        _page(office)
    with django_assert_num_queries(RECORD_QUERIES):
        _records(office, "effective_hours", {"scope": "school"})


def test_in_english_it_says_the_same(used: Scene, signed_in: SignedIn) -> None:
    office = signed_in(used.people.office)
    office.cookies["django_language"] = "en"
    page = _page(office)
    for one in ("Effective hours", "What these figures mean", "Academic year 2026-2027"):
        assert one in page
    assert "No-shows" in _page(office, {"show": "people"})
