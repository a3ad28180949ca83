"""Who takes people into training and gives certificates: the training flows, and imports that say so. A new
caller of these operations fails here and has to say why.
"""

import ast
from collections.abc import Mapping

import pytest

from scripts.processes import ROOT
from tests.workflows.test_only_flows_make_and_end_people import _names, _sources

pytestmark = pytest.mark.once

# The room in which they are defined: there they call one another.
HOME = "apps/training/"
FLOWS: Mapping[str, set[str]] = {
    "request_training": {"workflows/training/beginning.py"},
    "accept_request": {"workflows/training/flow.py"},
    "refuse_request": {"workflows/training/flow.py"},
    "overtake_request": {"workflows/training/flow.py"},
    "withdraw_request": {"workflows/training/flow.py"},
    "ask_for_more": {"workflows/training/answering.py"},
    "certify_request": {"workflows/training/issuing.py"},
    "downgrade_certificate": {"workflows/training/lowering.py"},
    "certificate_paper": {"workflows/training/issuing.py"},
    "issue_certificate": set(),
}
# Whole schools that are made at once: their first lines say that they import.
IMPORTS: Mapping[str, set[str]] = {
    "issue_certificate": {
        "apps/portal/demo/crowd.py",
        "apps/portal/demo/school.py",
        "bench/crowding.py",
        "bench/school.py",
        "bench/searching.py",
        "scripts/story/hosting.py",
    },
}
# Within the room: a certificate is issued for a training that is done, or lower than one that was held.
INSIDE = {"issue_certificate": {"apps/training/certifying.py"}}
# Past years that are taken over with everything that was: below the operations, and said so.
TAKEN_OVER = {"apps/portal/demo/year_lessons.py"}
MAKES = {"create", "bulk_create", "get_or_create", "update_or_create"}


def test_only_the_flows_and_imports_that_say_so_certify() -> None:
    found: dict[str, set[str]] = {name: set() for name in FLOWS}
    for file, tree in _sources():
        if not file.startswith(HOME):
            for name in _names(tree) & found.keys():
                found[name].add(file)
    assert found == {name: files | IMPORTS.get(name, set()) for name, files in FLOWS.items()}


def test_in_its_own_room_a_certificate_is_issued_in_one_place() -> None:
    callers = {
        file
        for file, tree in _sources()
        if file.startswith(HOME) and file != "apps/training/operations.py"
        for name in _names(tree) & {"issue_certificate"}
    }
    assert callers == INSIDE["issue_certificate"]


def test_nothing_makes_rows_of_certificates_past_the_operation() -> None:
    writers = set()
    for file, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _makes_certificate(node):
                writers.add(file)
    assert writers == {"apps/training/operations.py"} | TAKEN_OVER


def _makes_certificate(node: ast.Call) -> bool:
    """`Certificate(...)` or `Certificate.objects.create(...)` and the like."""
    if isinstance(node.func, ast.Name):
        return node.func.id == "Certificate"
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in MAKES:
        return False
    owner = node.func.value
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    return isinstance(owner, ast.Name) and owner.id == "Certificate"


def test_every_import_says_that_it_is_one() -> None:
    for file in set().union(*IMPORTS.values()):
        said = ast.get_docstring(ast.parse((ROOT / file).read_text(encoding="utf-8"))) or ""
        assert "import" in said, file
