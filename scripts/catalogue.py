"""Whether the Chinese catalogue is complete: every string in the code has a translation that is neither
empty nor fuzzy, and the compiled catalogue is the one this source gives. It changes nothing; `manage.py
makemessages` and `compilemessages` do.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.processes import ROOT

LANGUAGE = "zh_Hans"
ENTRY = re.compile(r'^msgid ((?:".*"\n?)+)', re.MULTILINE)


def main() -> int:
    """Print what is missing; 0 when nothing is."""
    source = ROOT / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
    if not source.exists():
        sys.stdout.write(f"no catalogue at {source.relative_to(ROOT)}\n")
        return 1
    complaints = [*_missing(source), *_incomplete(source), *_stale(source)]
    sys.stdout.write("".join(f"{complaint}\n" for complaint in complaints))
    return 1 if complaints else 0


def _missing(source: Path) -> list[str]:
    """Strings that the code marks and the catalogue does not have. makemessages works on a copy, so that
    nothing here changes.
    """
    with tempfile.TemporaryDirectory(prefix="clearbench-po-") as name:
        copy = Path(name) / "tree"
        tracked = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        for file in tracked.split("\0"):
            if file.endswith((".py", ".html", ".txt", ".po")) and not file.startswith(
                ("tests/", "requirements/")
            ):
                target = copy / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / file, target)
        fresh = copy / source.relative_to(ROOT)
        fresh.unlink()
        command = [
            sys.executable,
            "-m",
            "django",
            "makemessages",
            "--locale",
            LANGUAGE,
            "--no-obsolete",
            "--verbosity",
            "0",
        ]
        # Without settings: the command then works from the files alone.
        bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(command, cwd=copy, env=bare, check=True)
        wanted = _identifiers(fresh.read_text(encoding="utf-8")) if fresh.exists() else set()
    have = _identifiers(source.read_text(encoding="utf-8"))
    return [f"not in the catalogue: {one!r}" for one in sorted(wanted - have)]


def _incomplete(source: Path) -> list[str]:
    """Entries without a translation, or with a guessed one, as msgfmt counts them."""
    told = subprocess.run(
        ["msgfmt", "--check-format", "--statistics", "-o", "/dev/null", str(source)],
        check=False,
        capture_output=True,
        text=True,
    )
    line = told.stderr.strip()
    return [f"the catalogue: {line}"] if told.returncode or "untranslated" in line or "fuzzy" in line else []


def _stale(source: Path) -> list[str]:
    compiled = source.with_suffix(".mo")
    with tempfile.NamedTemporaryFile(suffix=".mo") as fresh:
        subprocess.run(["msgfmt", "-o", fresh.name, str(source)], check=True)
        same = compiled.exists() and Path(fresh.name).read_bytes() == compiled.read_bytes()
    return (
        []
        if same
        else ["the compiled catalogue is not the one of this source: run manage.py compilemessages"]
    )


def _identifiers(catalogue: str) -> set[str]:
    """Every msgid, joined over its lines."""
    found = (
        "".join(ast.literal_eval(line) for line in match.splitlines()) for match in ENTRY.findall(catalogue)
    )
    return {one for one in found if one}


if __name__ == "__main__":
    sys.exit(main())
