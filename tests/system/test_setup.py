"""scripts/setup.sh on machines that lack things and may not install them, built from a PATH with only what is
named here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.processes import ROOT

pytestmark = pytest.mark.once

# What a machine has that can run a shell script at all. No apt-get: so setup may not install, whoever runs
# this.
BARE = (
    "bash",
    "sh",
    "dirname",
    "basename",
    "mkdir",
    "flock",
    "id",
    "head",
    "grep",
    "cat",
    "cut",
    "ls",
    "sha256sum",
    "rm",
    "env",
)


def machine(folder: Path, *programs: str) -> dict[str, str]:
    """A clone's setup files in `folder`; an environment whose PATH holds the bare tools and `programs`."""
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    tools = folder / "tools"
    tools.mkdir()
    for name in (*BARE, *programs):
        found = shutil.which(name)
        assert found, f"this machine has no {name}"
        (tools / name).symlink_to(found)
    return {"PATH": str(tools), "HOME": str(folder), "PYTHON": os.path.realpath(sys.executable)}


def setup(folder: Path, profile: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(folder / "scripts" / "setup.sh"), profile]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_make_test_without_the_right_to_install_names_everything_at_once(tmp_path: Path) -> None:
    refused = setup(tmp_path, "test", machine(tmp_path))
    assert refused.returncode == 1
    for missing in ("a C compiler (gcc)", "a browser (chromium)", "pdftotext (poppler-utils)", "gettext"):
        assert f"  - {missing}" in refused.stderr
    assert "apt-get install" in refused.stderr
    assert not (tmp_path / ".venv").exists(), "nothing is begun that cannot be finished"


def test_make_run_needs_a_compiler_but_not_a_browser_a_database_server_or_gettext(tmp_path: Path) -> None:
    refused = setup(tmp_path, "run", machine(tmp_path))
    assert refused.returncode == 1
    required = [line for line in refused.stderr.splitlines() if line.startswith("  - ")]
    assert required == ["  - a C compiler (gcc)"]


def test_a_python_that_is_too_old_or_too_new_is_not_taken(tmp_path: Path) -> None:
    variables = machine(tmp_path)
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        fake = tmp_path / "tools" / name
        fake.unlink(missing_ok=True)
        fake.write_text("#!/bin/sh\nexit 1\n")
        fake.chmod(0o755)
    variables["PYTHON"] = ""
    refused = setup(tmp_path, "run", variables)
    assert refused.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in refused.stderr


def test_nothing_to_do_is_said_by_saying_nothing(tmp_path: Path) -> None:
    variables = machine(tmp_path, "gcc", "msgfmt", "chromium", "pdftotext", "fc-list")
    marked = subprocess.run(
        ["sh", "-c", "{ .venv/bin/python --version; cat requirements/*.txt; } | sha256sum | cut -d' ' -f1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / ".venv" / ".installed-dev").write_text(marked.stdout)
    for profile in ("run", "test"):
        silent = setup(tmp_path, profile, variables)
        assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")
