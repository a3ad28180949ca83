"""Samples from an Excel file and their labels, as people meet them on the pages."""

from io import BytesIO
from typing import Any, cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from tests.factories.samples import samples_of
from tests.web.conftest import SignedIn
from tests.web.matrix.samples import agreed, draft
from tests.web.scene import Scene


def _file(*rows: Any) -> SimpleUploadedFile:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    content = BytesIO()
    book.save(content)
    return SimpleUploadedFile("list.xlsx", content.getvalue())


def test_the_form_to_fill_in_has_the_columns_of_the_service(scene: Scene, signed_in: SignedIn) -> None:
    address = reverse("sample_list_form", args=[draft(scene).ulid])
    answer = signed_in(scene.people.alice).get(address)
    book = load_workbook(BytesIO(b"".join(cast("Any", answer).streaming_content)))
    heads = [cell.value for cell in next(book.worksheets[0].iter_rows(max_row=1))]
    assert heads == [
        "样品名称",
        "最大尺寸 (mm)",
        "有磁性",
        "易挥发",
        "危险性",
        "材料",
        "测试点数",
        "形态",
        "已喷金",
    ]


def test_a_list_is_shown_with_its_faults_and_kept_only_when_it_is_saved(
    scene: Scene, signed_in: SignedIn
) -> None:
    request = draft(scene)
    alice, address = signed_in(scene.people.alice), reverse("sample_import", args=[request.ulid])
    heads = ["样品名称", "材料", "测试点数"]
    shown = alice.post(address, {"file": _file(heads, ["甲", "SiC", 3], ["甲", "SiC", "许多"])})
    page = shown.content.decode()
    assert shown.status_code == 200
    assert "从文件读入 2 件样品" in page
    assert "与第 1 行重名" in page
    assert "这不是数字" in page
    assert [one.name for one in samples_of(request)] == ["S1", "S2"]
    good = alice.post(address, {"file": _file(heads, ["甲", "SiC", 3], ["乙", "GaN", 4])})
    form = good.context["rows"]
    typed = dict(form.data.items())
    saved = alice.post(
        reverse("sample_draft", args=[request.ulid]), {**typed, "disposition": "return", "wishes": ""}
    )
    assert saved.status_code == 302
    assert [(one.name, one.values) for one in samples_of(request)] == [
        ("甲", {"material": "SiC", "spots": "3", "coated": False}),
        ("乙", {"material": "GaN", "spots": "4", "coated": False}),
    ]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (_file(["价格"], ["3"]), "samples.columns"),
        (SimpleUploadedFile("list.xlsx", b"rubbish"), "core.file_unreadable"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_reason(
    scene: Scene, signed_in: SignedIn, file: SimpleUploadedFile, code: str
) -> None:
    file.seek(0)
    answer = signed_in(scene.people.alice).post(
        reverse("sample_import", args=[draft(scene).ulid]), {"file": file}
    )
    assert answer.status_code == 422
    assert code in answer.content.decode()


def test_labels_are_printed_by_whoever_may_know_of_the_request(scene: Scene, signed_in: SignedIn) -> None:
    request = agreed(scene)
    address = reverse("sample_labels", args=[request.ulid])
    answer = signed_in(scene.people.alice).get(address)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert request.number in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"%PDF")
    assert signed_in(scene.people.bob).get(address).status_code == 404
    early = signed_in(scene.people.alice).get(reverse("sample_labels", args=[draft(scene).ulid]))
    assert early.status_code == 302
