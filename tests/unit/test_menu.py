"""The menu: every entry stands in one section, and only there."""

from apps.portal.menu import ENTRIES, SECTIONS


def test_every_entry_has_its_place() -> None:
    placed = [name for _title, names in SECTIONS for name in names]
    assert sorted(placed) == sorted(name for name, *_rest in ENTRIES)
