"""What cells of the register may say: a value is written in one way and read back as itself, and two rows
differ exactly where their texts do.
"""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.library.models import Purpose, Status
from apps.library.register import cells
from apps.library.register.cells import Wrong
from apps.library.register.columns import (
    COLUMNS,
    NAMES,
    differences,
    digest_of,
    read_row,
    value_of,
    written,
)
from apps.library.words import haystack, needles, plain

# A machine that is busy with other tests makes rows slowly.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TODAY = date(2026, 11, 26)
_NUMBERS = st.from_regex(r"[0-9A-Z][0-9A-Z\-]{0,20}", fullmatch=True)
_WORDS = st.text(st.sampled_from("电镜显微ABCab12 -/()"), max_size=20).map(str.strip)
_DAYS = st.none() | st.dates(cells.FIRST_DAY, TODAY)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(NAMES, _WORDS),
    "asset_no": _NUMBERS,
    "name_zh": _WORDS.filter(bool),
    "price_fen": st.integers(0, cells.MOST_FEN),
    "acquired": _DAYS,
    "customs_until": _DAYS,
    "status": st.sampled_from(Status.values),
    "purpose": st.sampled_from(["", *Purpose.values]),
    "customs": st.booleans(),
}
ROWS = st.fixed_dictionaries(_VALUES)


@PATIENT
@given(ROWS)
def test_a_row_is_written_and_read_as_itself(values: dict[str, Any]) -> None:
    texts = [written(name, values[name]) for name in NAMES]
    again, faults = read_row(texts, {name: place for place, name in enumerate(NAMES)}, TODAY)
    assert faults == []
    assert again == values
    assert {name: value_of(name, text) for name, text in zip(NAMES, texts, strict=True)} == values


@PATIENT
@given(ROWS, ROWS)
def test_digests_differ_exactly_where_a_column_does(one: dict[str, Any], other: dict[str, Any]) -> None:
    texts = [{name: written(name, row[name]) for name in NAMES} for row in (one, other)]
    found = differences(*texts)
    assert [name for name, _before, _after in found] == [name for name in NAMES if one[name] != other[name]]
    assert (digest_of(one) == digest_of(other)) is (found == [])


@PATIENT
@given(ROWS, st.sampled_from(NAMES), ROWS)
def test_one_changed_column_is_one_difference(one: dict[str, Any], name: str, other: dict[str, Any]) -> None:
    changed = {**one, name: other[name]}
    before, after = ({key: written(key, row[key]) for key in NAMES} for row in (one, changed))
    expected = [] if before[name] == after[name] else [(name, before[name], after[name])]
    assert differences(before, after) == expected


@PATIENT
@given(st.lists(st.text(max_size=40), min_size=len(NAMES), max_size=len(NAMES)))
def test_whatever_a_row_holds_it_is_taken_or_its_faults_are_known(texts: list[str]) -> None:
    places = {column.name: place for place, column in enumerate(COLUMNS)}
    values, faults = read_row(texts, places, TODAY)
    assert (values is None) is bool(faults)
    assert all(fault.code.startswith("library.") for fault in faults)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1", 100), ("1,234.5", 123_450), ("¥ 0.005", 1), ("3元", 300), ("1.2E+07", 1_200_000_000)],
)
def test_prices_as_people_write_them(text: str, fen: int) -> None:
    assert cells.price(text) == fen


@pytest.mark.parametrize("text", ["2023-4-5", "2023/04/05", "2023年4月5日", "20230405", "2023.4.5"])
def test_days_as_people_write_them(text: str) -> None:
    assert cells.day(text) == date(2023, 4, 5)


def test_numbers_that_are_none() -> None:
    for text in ("-1", "A 1", "电1", "x" * 0):
        with pytest.raises(Wrong):
            cells.number(text)


@PATIENT
@given(st.text(max_size=20), st.text(max_size=20))
def test_what_was_typed_in_another_way_is_found_all_the_same(one: str, other: str) -> None:
    hay = haystack(one, other)
    assert all(word in hay for word in (plain(one), plain(other)))
    assert all(plain(word) == word for word in needles(f"{one} {other}"))
