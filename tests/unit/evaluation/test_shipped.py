"""The schemes that come with the product make sense."""

import pytest

from apps.evaluation.checking import findings, total_weight
from apps.evaluation.content import digest, read, stored
from apps.evaluation.shipped import SHIPPED, shipped


@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_scheme_has_no_fault_and_survives_being_stored(key: str) -> None:
    content = shipped(key)
    assert findings(content) == []
    assert total_weight(content) == 100
    again = read(stored(content))
    assert again == content
    assert digest(again) == digest(content)


def test_the_ministry_scheme_is_the_published_one() -> None:
    content = shipped("ministry")
    assert [(one.key, int(one.weight), int(one.cap)) for one in content.parts] == [
        ("hours", 35, 100),
        ("training", 20, 100),
        ("results", 25, 100),
        ("income", 15, 100),
        ("functions", 5, 100),
    ]
    assert {one.key: int(one.values["quota"]) for one in content.cohorts} == {"special": 800, "general": 1400}
    assert [int(one.at_least) for one in content.grades] == [90, 75, 60, 0]
    assert content.period == "academic_year"
