"""Every icon that a page names is in the one file of icons: another would be drawn as nothing."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT / "apps" / "core" / "static" / "core" / "icons.svg"
NAMED = re.compile(r"""\{% icon ["']([a-z0-9-]+)["']""")

pytestmark = pytest.mark.once


def test_every_icon_that_a_page_names_is_there() -> None:
    there = set(re.findall(r'id="([a-z0-9-]+)"', FILE.read_text(encoding="utf-8")))
    pages = [
        page
        for room in ("apps", "workflows", "devices", "documents")
        for page in (ROOT / room).rglob("*.html")
    ]
    named = {name for page in pages for name in NAMED.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 40
    assert named - there == set()
