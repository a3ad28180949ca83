"""Who appoints members of committees: the flow of committees, and imports that say so. A new caller of these
operations fails here and has to say why.
"""

import ast
from collections.abc import Mapping

import pytest

from tests.workflows.test_only_flows_make_and_end_people import _names, _sources

pytestmark = pytest.mark.once

HOME = "apps/panels/"
FLOWS: Mapping[str, set[str]] = {
    "propose_appointment": {"workflows/committee/beginning.py"},
    "answer_appointment": {"workflows/committee/flow.py"},
    "revise_appointment": {"workflows/committee/flow.py"},
    "put_in_force": {"workflows/committee/flow.py"},
    "refuse_appointment": {"workflows/committee/flow.py"},
    "withdraw_appointment": {"workflows/committee/flow.py"},
    "overtake_appointment": {"workflows/committee/flow.py"},
    "appoint_seat": set(),
}
# Whole schools that are made at once say in their first lines that they import.
IMPORTS = ("apps/portal/demo/", "bench/", "scripts/story/")
MAKES = {"create", "bulk_create", "get_or_create", "update_or_create"}


def test_only_the_flow_and_imports_that_say_so_appoint() -> None:
    found: dict[str, set[str]] = {name: set() for name in FLOWS}
    for file, tree in _sources():
        if not file.startswith((HOME, *IMPORTS)):
            for name in _names(tree) & found.keys():
                found[name].add(file)
    assert found == FLOWS


def test_seats_are_made_by_one_operation() -> None:
    writers = {
        file
        for file, tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in MAKES
        and ast.unparse(node.value) == "CommitteeSeat.objects"
    }
    assert writers == {"apps/panels/committees.py"}
