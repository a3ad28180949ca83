"""A list of samples from a workbook becomes the rows of the form: understood in both languages, refused
as a whole where its columns are wrong, and left as written where a cell cannot be understood. And
labels.
"""

import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from apps.core.errors import Invalid, WrongState
from apps.samples.fields import fields_of
from apps.samples.forms import SampleRows
from apps.samples.importing import as_typed, headings, rows_from
from apps.samples.labels import label_of, labels_of
from documents.labels import ON_A_SHEET, Label, print_labels
from tests.factories.refusals import refused
from tests.factories.samples import Lab, samples_of

pytestmark = pytest.mark.django_db


def _book(*rows: Any) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    content = BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_form_to_fill_in_is_read_back(place: Lab, language: str) -> None:
    heads = headings(place.service, language)
    rows = rows_from(
        place.service,
        _book(
            heads,
            ["S1", 10, "是", "no", "有毒、Corrosive", "SiC", 3, "粉末", "yes"],
            [],
            ["S2", "", "", "", "", "GaN", "", "bulk", ""],
        ),
    )
    assert rows[0] == {
        "name": "S1",
        "size_mm": "10",
        "magnetic": True,
        "volatile": False,
        "hazards": ["toxic", "corrosive"],
        "answer_material": "SiC",
        "answer_spots": "3",
        "answer_form": "powder",
        "answer_coated": True,
    }
    assert (rows[1]["name"], rows[1]["answer_form"], rows[1]["answer_coated"]) == ("S2", "bulk", False)
    formset = SampleRows(
        as_typed(rows, "s"), prefix="s", form_kwargs={"asks": fields_of(place.service.fields)}
    )
    assert formset.is_valid(), formset.errors
    assert [row.draft().name for row in formset] == ["S1", "S2"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((), "samples.no_rows"),
        ((["样品名称", "材料"],), "samples.no_rows"),
        ((["材料"], ["SiC"]), "samples.columns"),
        ((["样品名称", "价格"], ["S1", "3"]), "samples.columns"),
        ((["样品名称", "Name of the sample"], ["S1", "S1"]), "samples.columns"),
        ((["样品名称"], *(["S"] for _ in range(11))), "samples.too_many"),
    ],
)
def test_a_file_that_is_no_list_is_refused(place: Lab, rows: tuple[Any, ...], code: str) -> None:
    with refused(Invalid, code):
        rows_from(place.service, _book(*rows))


def test_what_is_no_workbook_is_refused(place: Lab) -> None:
    with refused(Invalid, "core.file_unreadable"):
        rows_from(place.service, b"PK\x03\x04 rubbish")


def test_a_cell_that_cannot_be_understood_stays_for_the_form_to_refuse(place: Lab) -> None:
    heads = headings(place.service, "en")
    rows = rows_from(place.service, _book(heads, ["S1", "large", "", "", "loud", "SiC", "many", "gas", ""]))
    formset = SampleRows(
        as_typed(rows, "s"), prefix="s", form_kwargs={"asks": fields_of(place.service.fields)}
    )
    assert not formset.is_valid()
    assert set(formset.errors[0]) == {"size_mm", "hazards", "answer_form"}
    assert rows[0]["answer_spots"] == "many"


def test_a_word_that_is_neither_yes_nor_no_is_rather_asked_about(place: Lab) -> None:
    rows = rows_from(place.service, _book(["样品名称", "有磁性"], ["S1", "略有"], ["S2", "无"]))
    assert [row["magnetic"] for row in rows] == [True, False]


def test_a_label_leads_to_the_sample_and_names_no_person(place: Lab) -> None:
    request = place.submitted(2)
    [first, _second] = samples_of(request)
    first.hazards = ["toxic"]
    label = label_of(first)
    assert label.code == f"{request.number}-01"
    assert label.address.endswith(f"/samples/{first.ulid}/")
    assert label.warning == "有毒"
    assert place.they.alice.name_zh not in " ".join((*label.lines, label.code))
    assert labels_of(request, place.they.alice, place.now).startswith(b"%PDF")
    with refused(WrongState, "samples.not_handed_in"):
        labels_of(place.drafted(1), place.they.alice, place.now)


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (ON_A_SHEET, 1), (ON_A_SHEET + 1, 2)])
def test_a_sheet_holds_so_many_labels(count: int, pages: int, tmp_path: Path) -> None:
    labels = [
        Label(
            code=f"SP2026-00001-{number:02d}",
            address="https://x.example/s/1/",
            lines=("样" * 40, "仪器" * 20),
            warning="有毒, 易燃, 腐蚀性",
        )
        for number in range(count)
    ]
    pdf = print_labels(labels, title="SP2026-00001", language="zh-hans")
    file = tmp_path / "labels.pdf"
    file.write_bytes(pdf)
    asked = ["pdftotext", "-raw", str(file), "-"]
    written = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert written.count("\f") == pages
    assert [label.code for label in labels if label.code not in written] == []
    assert pdf == print_labels(labels, title="SP2026-00001", language="zh-hans")
