"""Laws of the score, whatever the figures; and what the simulator says of it."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import Invalid
from apps.evaluation.checking import findings, require_sound
from apps.evaluation.content import Content, read, stored, written
from apps.evaluation.scoring import rounded, score
from apps.evaluation.shipped import SHIPPED, shipped
from apps.evaluation.simulator import what_moves

amounts = st.fractions(min_value=0, max_value=10**7, max_denominator=10**4)
contents = st.sampled_from([shipped(key) for key in SHIPPED])


@st.composite
def scored(draw: st.DrawFn) -> tuple[Content, dict[str, Fraction | int]]:
    content = draw(contents)
    return content, {one.key: draw(amounts) for one in content.figures}


@given(scored())
def test_the_total_is_the_sum_of_what_stands_there_and_never_above_a_hundred(
    case: tuple[Content, dict[str, Fraction | int]],
) -> None:
    content, figures = case
    for cohort in content.cohorts:
        found = score(content, cohort, figures)
        assert found.total == sum(one.weighted for one in found.parts)
        assert 0 <= found.total <= 100
        for one in found.parts:
            assert 0 <= one.points <= one.part.cap
            assert abs(one.weighted - one.points * one.part.weight / 100) <= Fraction(1, 200)
            assert (one.weighted * 100).denominator == 1
        assert found.grade.at_least <= found.total


@given(scored(), amounts)
def test_more_of_a_figure_of_the_ministry_never_lowers_the_score(
    case: tuple[Content, dict[str, Fraction | int]], more: Fraction
) -> None:
    content = shipped("ministry")
    figures = {one.key: case[1].get(one.key, Fraction(3)) for one in content.figures}
    cohort = content.cohorts[-1]
    before = score(content, cohort, figures).total
    for spec in content.figures:
        if spec.key == "functions_original":  # more original functions, of which fewer are in use
            continue
        assert score(content, cohort, {**figures, spec.key: figures[spec.key] + more}).total >= before


@given(st.fractions(max_denominator=10**6), st.integers(0, 4))
def test_rounding_is_to_the_nearest_and_half_goes_away_from_nothing(value: Fraction, decimals: int) -> None:
    found = rounded(value, decimals)
    assert abs(found - value) <= Fraction(1, 2 * 10**decimals)
    assert rounded(-value, decimals) == -found
    assert rounded(Fraction(5, 10 ** (decimals + 1)), decimals) == Fraction(1, 10**decimals)


@given(st.fractions(max_denominator=10**4))
def test_a_number_is_written_so_that_it_is_read_again(value: Fraction) -> None:
    assert Fraction(written(value)) == value


def test_the_circular_whose_weights_are_95_is_refused_with_the_sum() -> None:
    kept = stored(shipped("ministry"))
    next(one for one in kept["parts"] if one["key"] == "results")["weight"] = "20"
    with pytest.raises(Invalid) as caught:
        require_sound(read(kept))
    assert caught.value.code == "evaluation.weights"
    assert "95" in str(caught.value.message)


@given(st.integers(-300, 300).filter(bool))
def test_any_sum_but_a_hundred_is_refused(hundredths: int) -> None:
    content = shipped("school")
    first = content.parts[0]
    moved = replace(first, weight=first.weight + Fraction(hundredths, 100))
    found = findings(replace(content, parts=(moved, *content.parts[1:])))
    assert [one.code for one in found] == ["evaluation.weights"]
    assert written(100 + Fraction(hundredths, 100)) in found[0].words


def broken(**changes: object) -> list[str]:
    return [f"{one.code} {one.where}" for one in findings(replace(shipped("ministry"), **changes))]  # type: ignore[arg-type]


def test_every_fault_is_named_with_its_place() -> None:
    content = shipped("ministry")
    hours, rest = content.parts[0], content.parts[1:]

    def formula(text: str) -> list[str]:
        return broken(parts=(replace(hours, formula=text), *rest))

    assert formula("effective_hours / nothing") == ["evaluation.formula_figure parts.hours"]
    assert formula("effective_hours + income") == ["evaluation.formula_units parts.hours"]
    assert formula("effective_hours / income") == ["evaluation.formula_zero parts.hours"]
    assert formula("1 +") == ["evaluation.formula_expected parts.hours"]
    assert broken(parts=(replace(hours, cap=Fraction(0)), *rest)) == ["evaluation.cap parts.hours"]
    assert broken(parts=(replace(hours, key="income"), *rest)) == ["evaluation.twice parts.income"]
    assert broken(cohorts=content.cohorts[:1]) == ["evaluation.cohort_rest cohorts.special"]
    assert broken(cohorts=content.cohorts[::-1]) == [
        "evaluation.cohort_rest cohorts.special",
        "evaluation.cohort_order cohorts.general",
    ]
    assert broken(cohorts=(replace(content.cohorts[-1], values={}),))[-1] == (
        "evaluation.constant cohorts.general"
    )
    assert broken(grades=content.grades[:-1]) == ["evaluation.grade_rest grades"]
    assert broken(grades=content.grades[::-1]) == [
        "evaluation.grade_order grades",
        "evaluation.grade_rest grades",
    ]
    assert broken(decimals=7) == ["evaluation.decimals decimals"]
    assert broken(parts=()) == ["evaluation.empty parts", "evaluation.weights weights"]
    assert broken(title=replace(content.title, en="")) == ["evaluation.untitled title"]


@pytest.mark.parametrize("wrong", [None, 7, {}, {"parts": 3}, {"title": "x"}])
def test_what_is_no_scheme_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid) as caught:
        read(wrong)
    assert caught.value.code == "evaluation.scheme_shape"


def test_the_simulator_ranks_what_moves_the_score() -> None:
    content = shipped("ministry")
    figures: dict[str, Fraction | int] = {
        "effective_hours": Fraction(700),
        "trained_alone": 2,
        "papers_core": 1,
        "income": Fraction(30_000),
        "functions_original": 5,
        "functions_used": 5,
    }
    moves = what_moves(content, content.cohorts[-1], figures)
    by_key = {one.figure.key: one for one in moves}
    assert moves[0].figure.key == "prizes_national"
    assert moves[0].gain == 20  # 5 + 80 = 85: 21.25 instead of 1.25
    assert by_key["income"].gain == 0
    assert by_key["income"].saturated
    assert by_key["trained_alone"].gain == 2  # 10 x .2
    assert by_key["effective_hours"].gain == Fraction(1, 4)  # 10/1400 x 35
    assert by_key["functions_original"].gain < 0  # one more that nobody uses: five of six
    assert not by_key["functions_original"].saturated


def test_the_simulator_says_how_many_steps_make_the_next_grade() -> None:
    content = shipped("ministry")
    figures: dict[str, Fraction | int] = {
        "effective_hours": 1400,
        "prizes_national": 1,
        "trained_alone": 1,
    }  # 35 + 20 + 2
    by_key = {one.figure.key: one for one in what_moves(content, content.cohorts[-1], figures)}
    assert by_key["trained_alone"].to_next == 2  # 59 is not enough, 61 is
    assert by_key["income"].to_next == 4  # 0.75 for each 1,000 yuan
    assert by_key["functions_new"].to_next == 6  # 0.5 each
    assert by_key["effective_hours"].to_next is None  # the part is full
    assert by_key["effective_hours"].saturated
