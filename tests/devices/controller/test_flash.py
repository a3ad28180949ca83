"""Flash: a record counts whole or not at all."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.controller.flash import COMPACT_BYTES, FileFlash, MemoryFlash, PowerLoss, apply

PATCHES = st.lists(
    st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers() | st.text(max_size=5), max_size=3),
    max_size=6,
)


@given(patches=PATCHES, last=st.dictionaries(st.just("z"), st.integers(), min_size=1), cut=st.integers(0, 60))
def test_a_torn_record_leaves_the_one_before(
    patches: list[dict[str, Any]], last: dict[str, int], cut: int
) -> None:
    flash = MemoryFlash()
    expected: dict[str, Any] = {}
    for patch in patches:
        flash.write(patch)
        apply(expected, patch)
    flash.tear_after = cut
    with pytest.raises(PowerLoss):
        flash.write(last)
    assert flash.load() == expected
    flash.write(last)
    assert flash.load() == {**expected, **last}


@given(patches=PATCHES, position=st.integers(0, 10_000))
def test_a_damaged_byte_never_invents_a_value(patches: list[dict[str, Any]], position: int) -> None:
    flash = MemoryFlash()
    tables: list[dict[str, Any]] = [{}]
    for patch in patches:
        flash.write(patch)
        tables.append(dict(tables[-1]))
        apply(tables[-1], patch)
    if flash.log:
        place = position % len(flash.log)
        flash.log = flash.log[:place] + bytes([flash.log[place] ^ 1]) + flash.log[place + 1 :]
    assert flash.load() in tables


def test_a_file_survives_a_kill_in_the_middle_of_a_record(tmp_path: Path) -> None:
    path = tmp_path / "state" / "flash.log"
    flash = FileFlash(path)
    assert flash.load() == {}
    flash.write({"ver": 3})
    flash.close()
    with path.open("ab") as file:
        file.write(b'deadbeef {"ver":')
    again = FileFlash(path)
    assert again.load() == {"ver": 3}
    again.write({"ver": 4})
    again.close()
    last = FileFlash(path)
    assert last.load() == {"ver": 4}
    last.close()


def test_a_long_log_is_rewritten_without_losing_anything(tmp_path: Path) -> None:
    flash = FileFlash(tmp_path / "flash.log")
    flash.load()
    for number in range(40):
        flash.write({"big": "x" * (COMPACT_BYTES // 20), "n": number})
    assert (tmp_path / "flash.log").stat().st_size < COMPACT_BYTES
    flash.close()
    again = FileFlash(tmp_path / "flash.log")
    assert again.load()["n"] == 39
    again.close()


def test_a_second_process_may_not_use_the_same_flash(tmp_path: Path) -> None:
    first, second = FileFlash(tmp_path / "flash.log"), FileFlash(tmp_path / "flash.log")
    first.load()
    for _ in range(2):
        with pytest.raises(OSError, match="another process"):
            second.load()
        first.write({"big": "x" * COMPACT_BYTES})
    first.close()
    assert second.load()["big"]
    second.close()


def test_flash_that_was_not_loaded_refuses_to_write(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="not loaded"):
        FileFlash(tmp_path / "flash.log").write({"a": 1})
