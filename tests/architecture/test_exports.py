"""What leaves the school as a table goes through one door, where text like a formula stays text."""

import ast
from pathlib import Path

import pytest

from tests.architecture.test_repository import python_files, read

pytestmark = pytest.mark.once

DOOR = Path("apps/core/workbooks.py")
DEMO = ("apps", "portal", "demo")  # writes files that the school itself reads


def _calls(path: Path) -> set[str]:
    """What a file calls, by the last two names: 'csv.writer'."""
    found = set()
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name):
                found.add(f"{owner.id}.{node.func.attr}")
    return found


def test_tables_are_written_by_the_one_door_only() -> None:
    writers = {"csv.writer", "csv.DictWriter", "xlsxwriter.Workbook", "openpyxl.Workbook"}
    product = [path for path in python_files() if path.parts[0] in ("apps", "workflows", "documents")]
    found = {
        (str(path), call)
        for path in product
        if path != DOOR and path.parts[:3] != DEMO
        for call in _calls(path) & writers
    }
    assert found == set()
