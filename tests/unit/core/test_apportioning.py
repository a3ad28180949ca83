"""Amounts are divided so that nothing is lost: the largest remainder, to the last fen, for any input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.apportioning import WHOLE, apportion


@st.composite
def splits(draw: st.DrawFn) -> list[int]:
    """Parts that make a thousand."""
    cuts = sorted(draw(st.lists(st.integers(0, WHOLE), max_size=8)))
    return [last - first for first, last in zip([0, *cuts], [*cuts, WHOLE], strict=True)]


@given(st.integers(-(10**14), 10**14), splits())
def test_the_parts_always_sum_to_the_amount_and_none_is_off_by_a_fen(amount: int, parts: list[int]) -> None:
    shares = apportion(amount, parts)
    assert sum(shares) == amount
    assert all(abs(share * WHOLE - amount * part) < WHOLE for share, part in zip(shares, parts, strict=True))
    assert apportion(-amount, parts) == [-share for share in shares]


def test_a_hundred_yuan_in_thirds_worked_by_hand() -> None:
    # 10,000 fen: 333 per mille are 3,330.0, 334 are 3,340.0. 1 fen: 0.333, 0.333, 0.334: the last has most.
    assert apportion(10_000, [333, 333, 334]) == [3_330, 3_330, 3_340]
    assert apportion(1, [333, 333, 334]) == [0, 0, 1]
    # 5 fen in halves: 2.5 and 2.5, the first of equal remainders is rounded up.
    assert apportion(5, [500, 500]) == [3, 2]


@pytest.mark.parametrize("parts", [[500, 510], [1010], [], [1100, -100]])
def test_what_makes_no_whole_is_not_divided(parts: list[int]) -> None:
    with pytest.raises(ValueError, match="1000"):
        apportion(100, parts)
