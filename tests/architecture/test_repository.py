"""What must hold for every file of the repository: pinned packages, no trace of a machine or a registry,
rooms that say what they are for.
"""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from scripts.processes import ROOT

pytestmark = pytest.mark.once

SETS = ("build", "base", "demo", "dev")
LONGEST = 400  # lines; more wants a second room
# Spelled with classes of one letter, so that this file does not find itself.
FOREIGN = re.compile(
    r"p[y]pi\.org|pythonh[o]sted|registry\.n[p]mjs|deb\.d[e]bian\.org|/(?:[w]ork|[r]oot|[f]arm)/|\.\./[s]hared"
)
VAGUE = {"utils.py", "helpers.py", "common.py", "managers.py", "misc.py"}
CLOCK = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("timezone", "now"),
    ("time", "time"),
}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows or would add, as paths from the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(Path(name) for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file())


def python_files() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]


def read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """Package -> pinned version of requirements/NAME.txt; markers left out. Asserts that each pin carries
    hashes.
    """
    text = read(Path(f"requirements/{name}.txt")).replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            pin = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", line)
            assert pin, f"{name}.txt: not a pin: {line[:60]}"
            assert "--hash=sha256:" in line, f"{name}.txt: {pin[1]} has no hash"
            found[pin[1]] = pin[2]
    return found


@pytest.mark.parametrize("name", SETS)
def test_every_requirement_is_pinned_and_hashed_and_names_no_index(name: str) -> None:
    assert pins(name)
    assert not re.search(
        r"^--(index-url|extra-index-url|find-links|trusted-host)",
        read(Path(f"requirements/{name}.txt")),
        re.MULTILINE,
    )


def test_the_sets_agree_on_every_version_they_share() -> None:
    base, demo, dev = pins("base"), pins("demo"), pins("dev")
    assert base.items() <= demo.items()
    assert demo.items() <= dev.items()


def test_durable_rules_is_asked_for_only_where_it_builds() -> None:
    assert re.search(
        r"^durable[_-]rules==\S+ ; python_(full_)?version < .3\.13",
        read(Path("requirements/base.txt")),
        re.MULTILINE,
    )


def test_no_file_names_a_registry_or_a_path_of_some_machine() -> None:
    hits = []
    for path in tracked():
        if path.suffix in {".mo", ".png", ".ttf", ".woff2", ".ico", ".pdf"} or ".min." in path.name:
            continue
        for number, line in enumerate(
            (ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines(), 1
        ):
            if FOREIGN.search(line):
                hits.append(f"{path}:{number}")
    assert hits == []


def test_every_package_says_what_it_is_for() -> None:
    silent = [
        str(path)
        for path in python_files()
        if path.name == "__init__.py"
        and path.parent.name not in {"management", "commands"}
        and not (ROOT / path.parent / "README.md").exists()
        and not ast.get_docstring(ast.parse(read(path)))
    ]
    assert silent == []


def test_every_module_says_what_it_owns() -> None:
    silent = [
        str(path)
        for path in python_files()
        if path.name not in {"__init__.py", "apps.py", "conftest.py", "admin.py"}
        and path.parts[0] != "tests"
        and not ast.get_docstring(ast.parse(read(path)))
    ]
    assert silent == []


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = [
        f"{path}: {len(read(path).splitlines())}"
        for path in python_files()
        if len(read(path).splitlines()) > LONGEST
    ]
    assert long == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path in python_files() if path.name in VAGUE] == []


def test_every_management_command_is_documented() -> None:
    words = "".join(read(path) for path in tracked() if path.suffix == ".md")
    commands = [
        path.stem
        for path in tracked()
        if path.parts[-3:-1] == ("management", "commands") and path.stem != "__init__"
    ]
    assert [name for name in commands if not re.search(rf"\b{name}\b", words)] == []


def test_rules_and_pricing_ask_no_clock() -> None:
    asked = []
    for path in python_files():
        if path.parts[0] == "rules" or path.name == "pricing.py":
            for node in ast.walk(ast.parse(read(path))):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and (node.value.id, node.attr) in CLOCK
                ):
                    asked.append(f"{path}:{node.lineno}")
    assert asked == []


def test_the_licence_is_the_whole_agpl() -> None:
    text = read(Path("LICENSE"))
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in text
    assert "13. Remote Network Interaction" in text
    assert 'license = "AGPL-3.0-or-later"' in read(Path("pyproject.toml"))


@pytest.mark.parametrize("name", ["help", "run", "test", "check", "bench", "story", "system"])
def test_make_help_lists_every_promised_target(name: str) -> None:
    told = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert re.search(rf"^  make {name} ", told, re.MULTILINE)


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    assert re.search(r"^exec make test$", read(Path(".ci/run")), re.MULTILINE)
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert "make test" in read(Path("README.md"))
