"""Who calls the operations that make, suspend and end people: the flows, and imports that say so. A new
caller fails here and has to say why.
"""

import ast
import subprocess
from pathlib import Path

import pytest

from scripts.processes import ROOT

pytestmark = pytest.mark.once

FLOWS = {
    "activate_user": {"apps/people/admitting.py"},  # called by the registration flow through the next
    "activate_application": {"workflows/registration/flow.py"},
    "reject_application": {"workflows/registration/flow.py"},
    "lift_visitor": {"workflows/registration/flow.py", "workflows/registration/subscribers.py"},
    "renew_user": {"workflows/registration/renewal.py"},
    "end_user": {"workflows/deregistration/flow.py"},
    "suspend_user": {"workflows/deregistration/suspension.py"},
    "reinstate_user": {"workflows/deregistration/suspension.py"},
}
# Whole schools that are made at once, for showing and for measuring: imports, and they say so.
IMPORTS = {
    "register_user": {
        "apps/portal/demo/school.py",
        "bench/browsing.py",
        "bench/school.py",
        "scripts/story/school.py",
    },
    "suspend_user": {"apps/portal/demo/school.py"},
}


def _callers() -> dict[str, set[str]]:
    """Operation -> the files of the product that call it."""
    command = ["git", "ls-files", "-z", "*.py", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wanted = {*FLOWS, *IMPORTS}
    found: dict[str, set[str]] = {name: set() for name in wanted}
    for name in listed.split("\0"):
        if not name or name.startswith("tests/") or not (ROOT / name).is_file():
            continue
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if called in wanted:
                    found[called].add(str(Path(name)))
    return found


def test_people_are_made_suspended_and_ended_by_flows_and_by_imports_that_say_so() -> None:
    found = _callers()
    allowed = {name: FLOWS.get(name, set()) | IMPORTS.get(name, set()) for name in found}
    assert {name: files - allowed[name] for name, files in found.items() if files - allowed[name]} == {}


def test_every_flow_named_here_really_calls_it() -> None:
    found = _callers()
    assert {name: files - found[name] for name, files in FLOWS.items() if files - found[name]} == {}
