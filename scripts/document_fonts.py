"""The fonts of the documents, made again from their sources: subsets of Noto Serif SC as TrueType,
reproducible to the byte, and Source Serif 4 as it comes. Needed only when a source has a new version
or the choice of characters changes; see documents/fonts/README.md.

python -m scripts.document_fonts NOTO SOURCE       # the two unpacked packages
"""

import argparse
import hashlib
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

from scripts.processes import ROOT

TARGET = ROOT / "documents" / "fonts"
SOURCES = {
    "NotoSerifSC-Regular.ttf": "400Regular/NotoSerifSC_400Regular.ttf",
    "NotoSerifSC-Bold.ttf": "700Bold/NotoSerifSC_700Bold.ttf",
}
# Not a byte of these may change: their name is reserved to the original (OFL, section 3).
AS_THEY_COME = {
    "SourceSerif4-Regular.ttf": "400Regular/SourceSerif4_400Regular.ttf",
    "SourceSerif4-Bold.ttf": "700Bold/SourceSerif4_700Bold.ttf",
}
# The layout that horizontal text uses; vertical forms and stylistic sets stay behind.
FEATURES = ["ccmp", "kern", "liga", "lnum", "locl", "mark", "mkmk", "tnum"]
# Of no use without hinting instructions and vertical text.
DROPPED = ["BASE", "STAT", "gasp", "prep", "vhea", "vmtx"]
HANGUL = (range(0x1100, 0x1200), range(0x3130, 0x3190), range(0xA960, 0xA980), range(0xAC00, 0xD800))
LETTERS = range(0x20, 0x2200)  # Latin, Greek, Cyrillic and punctuation


def regular_characters(available: set[int]) -> set[int]:
    """Everything that the source can draw but hangul: names are made of rare characters, and a person whose
    name cannot be written has no certificate.
    """
    return {one for one in available if not any(one in block for block in HANGUL)}


def bold_characters(available: set[int]) -> set[int]:
    """Headings: GB 2312 and letters. A rarer character in bold text is taken from the regular face."""
    return {one for one in available if one in LETTERS or _in_gb2312(one)}


CHOICES = {"NotoSerifSC-Regular.ttf": regular_characters, "NotoSerifSC-Bold.ttf": bold_characters}


def make(source: Path, name: str) -> Path:
    """Write one subset and return where it lies."""
    subset: Any = import_module("fontTools.subset")  # untyped
    options = subset.Options()
    options.hinting = False
    options.layout_features = FEATURES
    options.name_IDs = ["*"]  # the licence travels inside the file
    options.name_languages = ["*"]
    options.recalc_timestamp = False
    options.drop_tables += DROPPED
    font = subset.load_font(str(source / SOURCES[name]), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHOICES[name](set(font.getBestCmap() or {})))
    subsetter.subset(font)
    target = TARGET / name
    subset.save_font(font, str(target), options)
    return target


def main() -> int:
    """Make all files and print what the README's table says of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("noto", type=Path)
    parser.add_argument("source", type=Path)
    folders = parser.parse_args()
    for name in SOURCES:
        tell(make(folders.noto, name))
    for name, path in AS_THEY_COME.items():
        tell(Path(shutil.copyfile(folders.source / path, TARGET / name)))
    shutil.copyfile(folders.noto / "LICENSE_FONT", TARGET / "LICENSE-NotoSerifSC")
    shutil.copyfile(folders.source / "LICENSE_FONT", TARGET / "LICENSE-SourceSerif4")
    return 0


def tell(file: Path) -> None:
    """One row of the README's table."""
    content = file.read_bytes()
    with TTFont(file, lazy=True) as font:
        characters = len(font.getBestCmap() or {})
    sha256 = hashlib.sha256(content).hexdigest()
    sys.stdout.write(f"| `{file.name}` | {characters:,} | {len(content):,} | `{sha256}` |\n")


def _in_gb2312(codepoint: int) -> bool:
    try:
        chr(codepoint).encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
