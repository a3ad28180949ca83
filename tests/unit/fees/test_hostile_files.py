"""Files that are made to keep the reader busy."""

import zipfile
from io import BytesIO
from typing import Any, cast

import openpyxl
import pytest

from apps.core.errors import Invalid
from apps.fees.incoming import read_into

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def test_a_small_file_with_one_endless_row_is_not_read() -> None:
    """The reader takes in a whole row, before it is asked how many columns are wanted."""
    plain, file = BytesIO(), BytesIO()
    openpyxl.Workbook().save(plain)
    row = "<c><v>1</v></c>" * 700_000
    endless = f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1">{row}</row></sheetData></worksheet>'
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in whole.namelist():
            packed.writestr(part, endless if part.startswith("xl/worksheets/") else whole.read(part))
    assert len(file.getvalue()) < 100_000
    with pytest.raises(Invalid) as refused:
        read_into(cast(Any, None), file.getvalue())
    assert refused.value.code == "core.file_size"
