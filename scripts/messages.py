"""`make messages`: read every marked string of the code into the catalogues, fill the English one with its
own source, compile both, and list what has no Chinese yet. It invents no translation.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.processes import ROOT

LOCALES = ROOT / "locale"
SOURCE = "en"
TRANSLATED = "zh_Hans"
IGNORED = ("tests/*", ".venv/*", "var/*", "node_modules/*")
HEADER = (
    "Project-Id-Version: Clearbench",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 8bit",
)
PLURALS = {SOURCE: "nplurals=2; plural=(n != 1);", TRANSLATED: "nplurals=1; plural=0;"}

Key = tuple[str, str]  # context, msgid


@dataclass
class Entry:
    """One string: where it stands, its context and plural, and its translations by number."""

    notes: list[str] = field(default_factory=list)
    context: str = ""
    source: str = ""
    plural: str = ""
    words: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return self.context, self.source


def main() -> int:
    """Update both catalogues; exit code 1 while a string has no Chinese."""
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    for language in (SOURCE, TRANSLATED):
        (LOCALES / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "django",
        "makemessages",
        "--no-obsolete",
        "--no-wrap",
        "--verbosity",
        "0",
    ]
    command += ["--add-location", "file", "--locale", SOURCE, "--locale", TRANSLATED]
    command += [part for pattern in IGNORED for part in ("--ignore", pattern)]
    subprocess.run(command, cwd=ROOT, env=bare, check=True)
    missing = []
    for language in (SOURCE, TRANSLATED):
        entries = read(catalogue(language))
        for entry in entries:
            if language == SOURCE:
                entry.words = {0: entry.source, 1: entry.plural} if entry.plural else {0: entry.source}
        write(catalogue(language), entries, language=language)
        missing += [entry.source for entry in entries if not all(entry.words.values())]
        compiled = catalogue(language).with_suffix(".mo")
        subprocess.run(["msgfmt", "--check-format", "-o", compiled, catalogue(language)], check=True)
    sys.stdout.write("".join(f"no Chinese: {one!r}\n" for one in missing))
    return 1 if missing else 0


def catalogue(language: str) -> Path:
    """The source of a language's catalogue."""
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def fill(entries: list[Entry], words: Mapping[Key, str]) -> None:
    """Put translations in; all plural forms are the same in Chinese."""
    for entry in entries:
        if entry.key in words:
            entry.words = {0: words[entry.key]}


def read(path: Path) -> list[Entry]:
    """The entries of a catalogue without its header. What gettext only guessed (fuzzy) counts as nothing."""
    entries = [_entry(block) for block in path.read_text(encoding="utf-8").split("\n\n") if "msgid" in block]
    return [entry for entry in entries if entry.source]


def write(path: Path, entries: list[Entry], *, language: str) -> None:
    """A catalogue in one steady form: no dates, no line numbers, so that a difference is a difference."""
    header = [*HEADER, f"Language: {language}", f"Plural-Forms: {PLURALS[language]}"]
    blocks = ["\n".join(['msgid ""', 'msgstr ""', *(_quoted(f"{line}\n") for line in header)])]
    blocks += [_written(entry) for entry in entries]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def _entry(block: str) -> Entry:
    entry, target, guessed = Entry(), "", False
    for line in block.splitlines():
        if line.startswith("#"):
            guessed = guessed or (line.startswith("#,") and "fuzzy" in line)
            if not line.startswith("#|"):
                entry.notes.append(line.replace(", fuzzy", ""))
            continue
        if not line.startswith('"'):
            target, _space, line = line.partition(" ")
        _append(entry, target, ast.literal_eval(line))
    entry.notes = [note for note in entry.notes if note not in ("#", "#,")]
    if guessed:
        entry.words = dict.fromkeys(entry.words, "")
    return entry


def _append(entry: Entry, target: str, text: str) -> None:
    if target == "msgctxt":
        entry.context += text
    elif target == "msgid":
        entry.source += text
    elif target == "msgid_plural":
        entry.plural += text
    else:
        number = int(target[7:-1]) if "[" in target else 0
        entry.words[number] = entry.words.get(number, "") + text


def _written(entry: Entry) -> str:
    lines = list(entry.notes)
    if entry.context:
        lines.append(f"msgctxt {_quoted(entry.context)}")
    lines.append(f"msgid {_quoted(entry.source)}")
    if entry.plural:
        lines.append(f"msgid_plural {_quoted(entry.plural)}")
        lines += [f"msgstr[{number}] {_quoted(text)}" for number, text in sorted(entry.words.items())]
    else:
        lines.append(f"msgstr {_quoted(entry.words.get(0, ''))}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


if __name__ == "__main__":
    sys.exit(main())
