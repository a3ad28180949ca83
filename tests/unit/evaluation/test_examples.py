"""The worked examples beside a scheme: nothing, half and everything of what fills it."""

import pytest

from apps.evaluation.examples import examples
from apps.evaluation.shipped import SHIPPED, shipped


@pytest.mark.parametrize("key", SHIPPED)
def test_everything_fills_every_part_and_half_lies_between(key: str) -> None:
    content = shipped(key)
    none, half, full = (one.score for one in examples(content))
    assert full.total == 100
    assert all(part.full for part in full.parts)
    assert none.total < half.total < full.total


def test_what_is_divided_by_is_some_and_the_rest_the_least_that_fills() -> None:
    """Ten instruments at 1599 effective hours each, 273 of them for others; with papers of users outside the
    half of one part, with their satisfaction the other.
    """
    _none, half, full = examples(shipped("lab"))
    assert full.figures["instruments"] == half.figures["instruments"] == 10
    assert full.figures["instruments_open"] == 10
    assert full.figures["effective_hours"] == 15_990
    assert full.figures["external_hours"] == 2_730
    assert (full.figures["papers_external"], full.figures["rating"]) == (10, 1)
    assert (full.figures["repairs_own"], full.figures["repairs_bought"]) == (10, 0)
    assert half.figures["effective_hours"] == 7_995
