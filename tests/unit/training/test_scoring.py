"""Drawing, shuffling and marking: exact, repeatable, and fair whatever the numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.training.scoring import LETTERS, Marked, assess, award, draw, passes, shuffle

pytestmark = pytest.mark.once
POOLS = st.dictionaries(
    st.integers(1, 5), st.lists(st.integers(1, 10_000), min_size=1, max_size=12, unique=True), max_size=5
).map(lambda pools: {topic: [topic * 100_000 + one for one in ids] for topic, ids in pools.items()})
SEEDS = st.text("0123456789abcdef", min_size=1, max_size=32)


@given(POOLS, SEEDS, st.data())
def test_a_draw_takes_each_topics_share_without_repeating(
    pools: dict[int, list[int]], seed: str, data: st.DataObject
) -> None:
    shares = {topic: data.draw(st.integers(1, len(ids))) for topic, ids in pools.items()}
    drawn = draw(pools, shares, seed)
    assert len(drawn) == len(set(drawn)) == sum(shares.values())
    for topic, ids in pools.items():
        assert len(set(drawn) & set(ids)) == shares[topic]
    assert drawn == draw({topic: ids[::-1] for topic, ids in pools.items()}, shares, seed)


@given(POOLS.filter(bool), SEEDS)
def test_a_draw_from_too_few_is_refused(pools: dict[int, list[int]], seed: str) -> None:
    topic = min(pools)
    with pytest.raises(ValueError, match="ample"):
        draw(pools, {topic: len(pools[topic]) + 1}, seed)


@given(st.integers(2, 6), st.data(), SEEDS)
def test_a_shuffle_keeps_every_option_and_which_are_right(count: int, data: st.DataObject, seed: str) -> None:
    options = [{"key": letter, "zh": f"项{letter}", "en": letter} for letter in LETTERS[:count]]
    right = data.draw(st.sets(st.sampled_from(LETTERS[:count]), min_size=1))
    shown = shuffle(options, right, seed, keep=False)
    assert [option["key"] for option in shown.options] == list(LETTERS[:count])
    assert {option["en"] for option in shown.options} == set(LETTERS[:count])
    assert {option["en"] for option in shown.options if option["key"] in shown.correct} == right
    kept = shuffle(options, right, seed, keep=True)
    assert [option["en"] for option in kept.options] == list(LETTERS[:count])
    assert set(kept.correct) == right


def test_another_seed_shows_another_order() -> None:
    options = [{"key": letter, "zh": letter, "en": letter} for letter in "ABCDEF"]
    orders = {
        tuple(option["en"] for option in shuffle(options, "A", str(seed), keep=False).options)
        for seed in range(50)
    }
    assert len(orders) > 20


@given(
    st.integers(1, 100), st.sets(st.sampled_from("ABCDEF"), min_size=1), st.sets(st.sampled_from("ABCDEF"))
)
def test_all_points_or_none(points: int, correct: set[str], answer: set[str]) -> None:
    assert award(points, correct, answer) == (points if answer == correct else 0)
    assert award(points, correct, None) == 0


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 100))
def test_a_mark_is_reached_exactly_or_not(score: int, most: int, mark: int) -> None:
    assert passes(score, most, mark) == (Fraction(score, most) >= Fraction(mark, 100))


MARKS = st.lists(
    st.tuples(st.integers(1, 100), st.booleans()).flatmap(
        lambda pair: st.tuples(st.integers(0, pair[0]), st.integers(0, pair[0])).map(
            lambda given: Marked(given[0], pair[0], given[1], pair[1])
        )
    ),
    min_size=1,
    max_size=20,
)


@given(MARKS, st.integers(0, 100))
def test_an_assessment_passes_only_with_every_critical_criterion(marks: list[Marked], mark: int) -> None:
    found = assess(marks, mark)
    assert found.score == sum(one.points for one in marks)
    assert found.max_score == sum(one.max_points for one in marks)
    assert found.critical_failed == any(one.critical and one.points < one.pass_points for one in marks)
    assert found.passed == (
        not found.critical_failed and Fraction(found.score, found.max_score) >= Fraction(mark, 100)
    )
