"""docs/how-to/add-a-flow.md, followed to the letter: its files are written and its commands run in a copy of
the project, and what it promises is there afterwards.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from scripts.processes import ROOT

pytestmark = [pytest.mark.once, pytest.mark.timeout(900)]
PAGE = ROOT / "docs" / "how-to" / "add-a-flow.md"
# The name of a file in the line before its block.
BLOCK = re.compile(r"`([\w./-]+\.\w+)`:\n\n```(python|diff)\n(.*?)```", re.DOTALL)
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def test_a_new_flow_is_added_as_the_page_says(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    copy = _copy(tmp_path / "project")
    written = _write(page, copy)
    assert len(written) == page.count("```python") + page.count("```diff")
    _run("ruff", "check", *written, at=copy)
    _run("ruff", "format", "--check", *written, at=copy)
    told = [_command(line, copy) for line in _commands(page)]
    passed = [int(number) for text in told for number in re.findall(r"(\d+) passed", text)]
    assert len(passed) == 2
    assert passed[0] > page.count("\ndef test_")
    pins = json.loads((copy / "workflows" / "pinned_flows.json").read_text(encoding="utf-8"))
    assert pins["workflows/key_loan.flow.KeyLoanFlow"]["ends"] == {
        "lost": "lost",
        "refused": "refused",
        "returned": "returned",
    }
    drawn = ET.parse(copy / "key_loan.bpmn").getroot()  # noqa: S314 - our own file
    names = {task.attrib["name"] for task in drawn.iter(f"{BPMN}userTask")}
    assert names == {"Principal investigator", "Key given back"}


def _copy(to: Path) -> Path:
    """The project's own files, as a fresh clone with this work in it would have them."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, to / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return to


def _write(page: str, copy: Path) -> list[str]:
    """Every block into the file that the page names; gives their names."""
    written = []
    for name, kind, text in BLOCK.findall(page):
        path = copy / name
        if kind == "diff":
            path.write_text(_changed(path.read_text(encoding="utf-8"), text), encoding="utf-8")
        else:
            assert not path.exists(), f"{name} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        written.append(name)
    return written


def _changed(text: str, diff: str) -> str:
    """Lines with a space have to be there, once, in this order; those with a plus are put in behind."""
    before = "".join(f"{line[1:]}\n" for line in diff.splitlines() if line.startswith(" "))
    after = "".join(f"{line[1:]}\n" for line in diff.splitlines())
    assert text.count(before) == 1, before
    return text.replace(before, after)


def _commands(page: str) -> list[str]:
    lines = [line for block in CONSOLE.findall(page) for line in block.splitlines()]
    assert lines
    assert all(line.startswith("$ .venv/bin/") for line in lines)
    return [line.removeprefix("$ .venv/bin/") for line in lines]


def _command(line: str, copy: Path) -> str:
    return _run(*shlex.split(line), at=copy)


def _run(program: str, *arguments: str, at: Path) -> str:
    """What a program of this environment says; it has to succeed."""
    start = [sys.executable] if program == "python" else [sys.executable, "-m", program]
    left_out = ("RUN_DIR", "DATABASE_URL", "PYTEST_", "COV_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    environment |= {"DJANGO_SETTINGS_MODULE": "settings.test", "PYTHONPATH": str(at)}
    done = subprocess.run(
        [*start, *arguments], cwd=at, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (
        f"{program} {' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    )
    return done.stdout
