"""The pages of the library: what they say and do, and how many queries each takes."""

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from apps.library.models import Asset, AssetFile
from apps.library.tasks import purge_rows, work_on_files
from tests.people import FE_SEM_A
from tests.web import librarian
from tests.web.conftest import SignedIn
from tests.web.scene import Scene
from tests.web.test_pages import INLINE


@pytest.fixture
def office(scene: Scene, signed_in: SignedIn) -> Client:
    librarian.file(scene)
    return signed_in(scene.people.office)


def _page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    page = answer.content.decode()
    assert INLINE.findall(page) == []
    return page


def _lines(answer: Any) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)), read_only=True)
    return [tuple(line) for line in book.worksheets[0].iter_rows(values_only=True)]


def test_an_asset_is_found_and_leads_to_its_instrument(scene: Scene, office: Client) -> None:
    page = _page(office, "asset_list", q="zeiss")
    assert FE_SEM_A in page
    assert "D-1" not in page
    assert reverse("instrument_detail", args=[FE_SEM_A]) in page
    assert "没有符合" in _page(office, "asset_list", q="nothing of the kind")


def test_keepers_are_shown_to_who_sees_reports_only(
    scene: Scene, office: Client, signed_in: SignedIn
) -> None:
    asset = librarian.sem(scene)
    assert "滕老师" in _page(office, "asset_detail", asset.ulid)
    for who in (scene.people.alice, scene.people.charlie):
        assert "滕老师" not in _page(signed_in(who), "asset_detail", asset.ulid)


def test_what_was_changed_here_says_what_the_register_says(scene: Scene, office: Client) -> None:
    page = _page(office, "asset_detail", librarian.sem(scene).ulid)
    assert "B-204" in page
    assert "搬了" in page


def test_a_manager_changes_what_the_asset_says(scene: Scene, signed_in: SignedIn) -> None:
    asset = librarian.sem(scene)
    teng = signed_in(scene.people.teng)
    address = reverse("asset_edit", args=[asset.ulid, "model"])
    answer = teng.post(address, {"text": "m" * 130, "reason": "seen"})
    assert (answer.status_code, "library.too_long" in answer.content.decode()) == (422, True)
    assert teng.post(address, {"text": "Merlin", "reason": "seen"}).status_code == 302
    asset.refresh_from_db()
    assert asset.model == "Merlin"
    back = reverse("asset_edit_back", args=[asset.edits.get(column="model").ulid])
    assert teng.post(back, {"reason": "no"}).status_code == 302
    asset.refresh_from_db()
    assert asset.model == ""


def test_the_office_tags_and_ends_tags(scene: Scene, office: Client) -> None:
    asset = librarian.sem(scene)
    said = {"kind": "exchanged", "included": "yes", "reason": "asked"}
    assert office.post(reverse("asset_tag", args=[asset.ulid]), said).status_code == 302
    assert FE_SEM_A in _page(office, "asset_list", kind="exchanged")
    again = office.post(reverse("asset_tag", args=[asset.ulid]), said)
    assert (again.status_code, "library.tagged" in again.content.decode()) == (422, True)
    end = reverse("asset_tag_end", args=[asset.tags.get().ulid])
    assert office.post(end, {"reason": "over"}).status_code == 302
    assert FE_SEM_A not in _page(office, "asset_list", kind="exchanged")


def test_a_list_by_lab_and_its_workbook(scene: Scene, office: Client) -> None:
    page = _page(office, "asset_list_by_lab", "benefit")
    assert "¥450,000.00" in page
    lines = _lines(office.get(reverse("asset_list_export", args=["benefit"])))
    assert [line[0] for line in lines[1:]] == [FE_SEM_A]
    assert len(_lines(office.get(reverse("asset_export")))) == 3


def test_a_file_is_looked_at_decided_and_taken_over(scene: Scene, office: Client) -> None:
    file = librarian.file(scene)
    page = _page(office, "register_file", file.ulid, show="changed")
    assert "<del>" in page
    assert "Table" in page
    conflict = file.conflicts.get()
    decide = reverse("register_conflicts", args=[file.ulid])
    office.post(decide, {"choice": "theirs"})
    office.post(decide, {"choice": "theirs", "conflict": conflict.ulid})
    assert office.post(reverse("register_confirm", args=[file.ulid])).status_code == 302
    assert "hx-get" in office.get(reverse("register_progress", args=[file.ulid])).content.decode()
    assert work_on_files() == 1
    assert office.get(reverse("register_progress", args=[file.ulid])).headers["HX-Refresh"] == "true"
    assert Asset.objects.get(asset_no=FE_SEM_A).place == "C-1"
    assert Asset.objects.count() == 3
    assert purge_rows() == 0


def test_a_file_with_open_conflicts_is_not_confirmed(scene: Scene, office: Client) -> None:
    file = librarian.file(scene)
    answer = office.post(reverse("register_confirm", args=[file.ulid]))
    assert (answer.status_code, "library.conflicts" in answer.content.decode()) == (409, True)
    assert office.post(reverse("register_reject", args=[file.ulid]), {"reason": "no"}).status_code == 302
    file.refresh_from_db()
    assert file.state == AssetFile.State.REJECTED


def test_differences_faults_and_the_template_are_workbooks(scene: Scene, office: Client) -> None:
    file = librarian.file(scene)
    lines = _lines(office.get(reverse("register_differences", args=[file.ulid])))
    assert lines[1][:2] == ("D-1", "办公桌")
    assert len(_lines(office.get(reverse("register_faults", args=[file.ulid])))) == 1
    assert _lines(office.get(reverse("register_template")))[0][0] == "仪器编号"


def test_sending_a_file_begins_an_upload(
    scene: Scene, signed_in: SignedIn, settings: Settings, tmp_path: Any
) -> None:
    settings.FILES_DIR = str(tmp_path / "files")
    settings.FILES_RESERVE_BYTES = 0
    client = signed_in(scene.people.office)
    answer = client.post(reverse("register_begin"), {"name": "r.csv", "size": "12"})
    assert answer.status_code == 201
    assert answer.json()["upload"].startswith("/api/v1/uploads/")
    file = AssetFile.objects.get()
    assert "r.csv" in _page(client, "register_file", file.ulid)
    assert "r.csv" in _page(client, "register_list")


@pytest.mark.parametrize(
    ("name", "queries"),
    [("asset_list", 8), ("asset_classes", 5), ("asset_lists", 15), ("register_list", 10)],
)
def test_the_number_of_queries_does_not_grow(
    scene: Scene,
    office: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
    queries: int,
) -> None:
    _page(office, name)
    with django_assert_num_queries(queries):
        _page(office, name)
