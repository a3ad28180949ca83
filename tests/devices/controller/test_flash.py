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


@given(patches=PATCHES, position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_damaged_byte_is_noticed_unless_it_can_be_a_torn_end(
    patches: list[dict[str, Any]], position: int, flip: int
) -> None:
    flash = MemoryFlash()
    before: dict[str, Any] = {}
    table: dict[str, Any] = {}
    end = 0
    for patch in patches:
        before, end = dict(table), len(flash.log)
        flash.write(patch)
        apply(table, patch)
    place = position % max(1, len(flash.log))
    log = flash.log[:place] + bytes(b ^ flip for b in flash.log[place : place + 1]) + flash.log[place + 1 :]
    flash.log = log
    loaded = flash.load()
    if place < end:
        assert flash.damaged
    if flash.damaged:
        assert flash.log == log
    else:
        assert loaded == before


def test_what_whole_records_say_behind_the_damage_is_still_known() -> None:
    flash = MemoryFlash()
    for number in (1, 2, 3):
        flash.write({"ver": number, f"only{number}": number})
    flash.log = flash.log.replace(b'"only2"', b'"onlyX"')
    assert flash.load() == {"ver": 3, "only1": 1, "only3": 3}
    assert flash.damaged


def test_a_damaged_file_is_only_ever_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "flash.log"
    flash = FileFlash(path)
    flash.load()
    for number in (1, 2, 3):
        flash.write({"ver": number})
    flash.close()
    damaged = path.read_bytes().replace(b'"ver":2', b'"ver":9') + b'deadbeef {"ver":'
    path.write_bytes(damaged)
    again = FileFlash(path)
    assert again.load() == {"ver": 3}
    again.write({"bootn": 5, "big": "x" * COMPACT_BYTES})
    again.close()
    assert path.read_bytes().startswith(damaged)
    last = FileFlash(path)
    assert (last.load()["bootn"], last.damaged) == (5, True)
    aside = last.set_aside()
    last.close()
    assert last.load() == {}
    assert not last.damaged
    last.close()
    assert aside.read_bytes().startswith(damaged)


def test_damage_to_a_rewritten_log_does_not_pass_for_a_torn_end(tmp_path: Path) -> None:
    for_disk, in_memory = FileFlash(tmp_path / "flash.log"), MemoryFlash()
    for_disk.load()
    for flash in (for_disk, in_memory):
        flash.write({"ver": 7, "big": "x" * COMPACT_BYTES})
    for_disk.close()
    in_memory.log = in_memory.log.replace(b'"ver":7', b'"ver":6')
    (tmp_path / "flash.log").write_bytes(in_memory.log)
    for flash in (for_disk, in_memory):
        assert "ver" not in flash.load()
        assert flash.damaged
    for_disk.close()


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
