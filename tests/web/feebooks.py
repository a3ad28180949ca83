"""Workbooks of fee sheets: made, uploaded, previewed, taken over."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.core.errors import Invalid
from apps.fees.content import Consumable, Evidence, Hours, Reference, Terms
from apps.fees.models import EarlierSheet
from apps.fees.previewing import Preview, confirm, preview
from tests.web.proposing import Proposing, item, propose
from tests.web.scene import Scene

Sheets = Mapping[str, Sequence[Sequence[Any]]]
# One item changed, one new, one gone, a term, and a sheet that is none of ours.
CHANGED: Sheets = {
    "items": [
        ("code", "name_zh", "prices.internal_fen", "service_mode", "unit"),
        ("FEE001", "自主上机", 265.5, "self", "hour"),
        ("FEE009", "新项目", 80, "assisted", "hour"),
    ],
    "terms": [("night_rate", 0.6)],
    "工资": [("a",)],
}


def exported(proposing: Proposing, client: Client) -> bytes:
    """The sheet as its Excel file."""
    answer = client.get(reverse("fee_export", args=[proposing.proposal.ulid, proposing.sem.asset_no]))
    return b"".join(answer)


def workbook(sheets: Sheets) -> bytes:
    """A workbook of these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def show(proposing: Proposing, source: bytes) -> Preview:
    """What a file would change."""
    return preview(
        proposal=proposing.proposal,
        instrument=proposing.sem,
        source=source,
        by=proposing.scene.people.teng,
        now=proposing.scene.now,
    )


def take_over(proposing: Proposing, source: bytes) -> EarlierSheet | None:
    """Preview a file and confirm it."""
    kept = confirm(
        token=show(proposing, source).token,
        proposal=proposing.proposal,
        instrument=proposing.sem,
        by=proposing.scene.people.teng,
        now=proposing.scene.now,
    )
    proposing.proposal.refresh_from_db()
    return kept


def place(proposing: Proposing, name: str = "fee_import", *more: str) -> str:
    """A page about the sheet."""
    return reverse(name, args=[proposing.proposal.ulid, proposing.sem.asset_no, *more])


def upload(proposing: Proposing, client: Client, source: bytes) -> Any:
    """Upload a file: the preview, or its faults."""
    return client.post(place(proposing), {"file": SimpleUploadedFile("a.xlsx", source)})


def shown(answer: Any) -> dict[str, str]:
    """What the form of a preview sends."""
    return {"preview": answer.context["preview"].token}


def faults_of(proposing: Proposing, sheets: Sheets) -> list[tuple[str, int, str, str]]:
    """The faults of a file, of which nothing is taken."""
    before = proposing.proposal.content
    with pytest.raises(Invalid) as told:
        show(proposing, workbook(sheets))
    proposing.proposal.refresh_from_db()
    assert proposing.proposal.content == before
    assert told.value.code == "fees.import_refused"
    return [(one["sheet"], one["row"], one["column"], one["code"]) for one in told.value.details["faults"]]


def drafted(scene: Scene) -> Proposing:
    """Teng's draft with something in every table; two of its texts look like formulas."""
    made = propose(scene)
    cost = item().cost
    assert cost is not None
    lines = (Consumable("液氦", "0.5", "L", 600_000),)
    made.save(
        item(cost=replace(cost, consumables=lines), reason="=1+1", name_en="+cmd|' /C calc'!A0"),
        item("FEE002", 1_234_50, service_mode="assisted", unit="hour", cost=None),
        terms=Terms(minimum_minutes=15, night_rate="0.5", cap_fen=5_000_00),
        hours=Hours("周一至周五", 70, 1600, (Evidence("2025年机时"),)),
        references=(Reference("market", "同城A校", "300元/机时"),),
        note="备注",
    )
    return made


def computed(*cells: tuple[int, int, str, object]) -> bytes:
    """The items' sheet with formulas (row and column from 0, formula, the value that was computed last)."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("items")
        sheet.write_row(0, 0, ["code", "name_zh", "prices.internal_fen", "reason"])
        sheet.write_row(1, 0, ["FEE001", "自主上机"])
        sheet.write_string(1, 3, "@SUM(1+1)*cmd|'/C calc'!A0")
        for row, column, formula, value in cells:
            sheet.write_formula(row, column, formula, None, value)
    return file.getvalue()
