"""Who makes, suspends, reinstates and ends people: the flows, and imports that say so. Not a word of the
product names one of these operations but the files listed here, and nothing writes the rows behind their
back. A new caller fails here and has to say why.
"""

import ast
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from scripts.processes import ROOT

pytestmark = pytest.mark.once

# The room in which they are defined, and its list of operations.
HOME = {"apps/people/lifecycle.py", "apps/people/admitting.py", "apps/people/operations.py"}
FLOWS: Mapping[str, set[str]] = {
    "activate_user": set(),  # by activate_application only
    "activate_application": {"workflows/registration/flow.py"},
    "reject_application": {"workflows/registration/flow.py"},
    "lift_visitor": {"workflows/registration/flow.py", "workflows/registration/subscribers.py"},
    "renew_user": {"workflows/registration/renewal.py"},
    "end_user": {"workflows/deregistration/flow.py"},
    "suspend_user": {"workflows/deregistration/suspension.py"},
    "reinstate_user": {"workflows/deregistration/suspension.py"},
    "register_user": set(),
}
# The first person of an office, and whole schools that are made at once, for showing and for measuring: their
# first lines say that they import.
IMPORTS: Mapping[str, set[str]] = {
    "register_user": {
        "apps/people/management/commands/first_office.py",
        "apps/portal/demo/crowd.py",
        "apps/portal/demo/hosting.py",
        "apps/portal/demo/school.py",
        "bench/browsing.py",
        "bench/school.py",
        "scripts/story/committee.py",
        "scripts/story/hosting.py",
        "scripts/story/school.py",
    },
}
# Rows of people and of suspensions: made here, and nowhere else. An application makes the pending account.
# Past years that are taken over have people who have left; a million measured uses are somebody's.
ROWS: Mapping[str, set[str]] = {
    "User": {
        "apps/people/lifecycle.py",
        "apps/people/applying.py",
        "apps/portal/demo/years.py",
        "bench/figuring.py",
    },
    "Suspension": {"apps/people/lifecycle.py"},
}
# What decides whether somebody is in force.
COLUMNS = {"is_active", "full_from", "renew_by", "valid_from", "valid_until"}
MAKES = {"create", "bulk_create", "get_or_create", "update_or_create", "create_user", "create_superuser"}
CHANGES = {"update", "bulk_update"}


def _sources() -> Iterator[tuple[str, ast.Module]]:
    """The product, the benches and the scripts; not the tests, nor migrations."""
    command = ["git", "ls-files", "-z", "*.py", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in sorted(set(filter(None, listed.split("\0")))):
        if not name.startswith("tests/") and "/migrations/" not in name and (ROOT / name).is_file():
            yield name, ast.parse((ROOT / name).read_text(encoding="utf-8"))


def _names(tree: ast.Module) -> set[str]:
    """Every name that is imported (under whatever other name), spoken of, reached for or quoted whole: an
    operation that is passed on or looked up by its name is found like one that is called.
    """
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value.rpartition(".")[2])
    return found


def _users_of() -> dict[str, set[str]]:
    """Operation -> the files outside its home that name it."""
    found: dict[str, set[str]] = {name: set() for name in FLOWS}
    for file, tree in _sources():
        if file not in HOME:
            for name in _names(tree) & found.keys():
                found[name].add(file)
    return found


def _model(node: ast.expr) -> str:
    """'User' of `User`, `User.objects`, `User.objects.filter(...)`, `models.User` and the like."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute) and node.attr in ROWS:
            return node.attr
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _writes(tree: ast.Module) -> set[str]:
    """The models whose rows are made here, or whose standing is changed past the operations."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            found.add(node.func.id)  # User(...)
        elif isinstance(node.func, ast.Attribute):
            named = {keyword.arg for keyword in node.keywords} & COLUMNS
            if node.func.attr in MAKES or (node.func.attr in CHANGES and named):
                found.add(_model(node.func.value))
            elif node.func.attr in ROWS:
                found.add(node.func.attr)  # models.User(...)
    return found & ROWS.keys()


def test_people_are_made_suspended_and_ended_by_flows_and_by_imports_that_say_so() -> None:
    allowed = {name: files | IMPORTS.get(name, set()) for name, files in FLOWS.items()}
    assert _users_of() == allowed


def test_every_import_says_that_it_is_one() -> None:
    for file in set().union(*IMPORTS.values()):
        said = ast.get_docstring(ast.parse((ROOT / file).read_text(encoding="utf-8"))) or ""
        assert "import" in said, file


def test_nothing_writes_people_past_the_operations() -> None:
    found: dict[str, set[str]] = {name: set() for name in ROWS}
    for file, tree in _sources():
        for name in _writes(tree):
            found[name].add(file)
    assert found == ROWS


@pytest.mark.parametrize(
    ("source", "names", "rows"),
    [
        ("from apps.people.lifecycle import end_user as out\nout(user=u)", {"end_user"}, set()),
        ("import apps.people.lifecycle as l\nrun(l.suspend_user, u)", {"suspend_user"}, set()),
        ("getattr(l, 'reinstate_user')(user=u)", {"reinstate_user"}, set()),
        ("User.objects.create_user('x')", set(), {"User"}),
        ("people.User(username='x').save()", set(), {"User"}),
        ("User.objects.filter(pk=1).update(is_active=False)", set(), {"User"}),
        ("User.objects.filter(pk=1).update(phone='1')", set(), set()),
        ("Suspension.objects.bulk_create([])", set(), {"Suspension"}),
        ("CertificateSuspension.objects.create()", set(), set()),
    ],
)
def test_every_disguise_is_seen(source: str, names: set[str], rows: set[str]) -> None:
    tree = ast.parse(source)
    assert (_names(tree) & FLOWS.keys(), _writes(tree)) == (names, rows)


def test_the_homes_are_there() -> None:
    assert all(Path(ROOT / file).is_file() for file in HOME)
