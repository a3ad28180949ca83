"""The language of formulas: what it reads, what it refuses and where, and that it computes exactly."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.evaluation.formula import evaluate, parse
from apps.evaluation.tokens import LONGEST, FormulaError
from apps.evaluation.units import check_units


def value(text: str, **figures: Any) -> Fraction:
    return evaluate(parse(text), figures).value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 4 - 3", "3"),
        ("12 / 4 / 3", "1"),
        ("-2 * -3", "6"),
        ("0.1 + 0.2", "3/10"),
        ("min(3, 1, 2) + max(3, 1, 2)", "4"),
        ("floor(7 / 2)", "3"),
        ("floor(-7 / 2)", "-4"),
        ("2 >= 2", "1"),
        ("2 > 2", "0"),
        ("2 <= 1", "0"),
        ("1 < 2", "1"),
        ("1 == 1", "1"),
        ("1 != 1", "0"),
        ("if(1 > 2, 10, 20)", "20"),
        ("if(0, 1 / 0, 5)", "5"),
        ("steps(0.8, 1: 60, 0.8: 48, else 0)", "48"),
        ("steps(0.79, 1: 60, 0.8: 48, else 7)", "7"),
        ("steps(-3, 0: 1, -5: 2, else 3)", "2"),
    ],
)
def test_what_a_formula_comes_to(text: str, expected: str) -> None:
    assert value(text) == Fraction(expected)


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("", "empty", 1),
        ("   ", "empty", 1),
        ("1 +", "expected", 4),
        ("1 2", "expected", 3),
        ("(1 + 2", "expected", 7),
        ("1 + )", "expected", 5),
        ("--1", "expected", 2),
        ("1 < 2 < 3", "expected", 7),
        ("a $ b", "character", 3),
        ("__import__", "character", 1),
        ("a.b", "character", 2),
        ("a['b']", "character", 2),
        ("2 ** 3", "expected", 4),
        ("exec(1)", "function", 1),
        ("floor(1, 2)", "arguments", 1),
        ("if(1, 2)", "arguments", 1),
        ("steps(1, 2: 3)", "expected", 14),
        ("steps(1, 1: 3, 1: 4, else 0)", "steps", 16),
        ("steps(1, x: 3, else 0)", "steps", 10),
        ("1234567890123456", "digits", 1),
        ("1+" * LONGEST, "long", LONGEST + 1),
        ("(" * 100 + "1" + ")" * 100, "deep", 25),
    ],
)
def test_what_is_refused_and_where(text: str, code: str, position: int) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.code == f"evaluation.formula_{code}"
    assert caught.value.details["position"] == position


@pytest.mark.parametrize(("text", "code"), [("a + b", "figure"), ("1 / a", "zero"), ("1 / (a - a)", "zero")])
def test_what_cannot_be_computed_is_said(text: str, code: str) -> None:
    with pytest.raises(FormulaError) as caught:
        value(text, a=0)
    assert caught.value.code == f"evaluation.formula_{code}"


def test_the_explanation_says_which_row_of_the_steps_decided() -> None:
    told = evaluate(parse("steps(used / original, 1: 60, 0.8: 48, else 0) + 1"), {"used": 8, "original": 10})
    steps = told.parts[0]
    assert (steps.chosen, int(steps.value), steps.parts[0].text) == (1, 48, "used / original")
    assert told.text == "steps(used / original, 1: 60, 0.8: 48, else 0) + 1"
    assert told.value == 49


UNITS = {"hours": "hours_ms", "open": "hours_ms", "income": "fen", "people": "people"}


@pytest.mark.parametrize(
    "text", ["hours + income", "min(hours, people)", "if(hours > income, 1, 2)", "if(1, hours, people)"]
)
def test_different_units_are_never_put_together(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        check_units(parse(text), UNITS)
    assert caught.value.code == "evaluation.formula_units"


@pytest.mark.parametrize(
    "text", ["hours + open", "hours / open * 100", "10 * people + income / 1000", "max(hours, 20)", "-hours"]
)
def test_factors_and_ratios_are_points(text: str) -> None:
    check_units(parse(text), UNITS)


def test_a_figure_without_a_unit_is_unknown() -> None:
    with pytest.raises(FormulaError) as caught:
        check_units(parse("hours + nothing"), UNITS)
    assert (caught.value.code, caught.value.details["figure"]) == ("evaluation.formula_figure", "nothing")


# An oracle: trees that are written as text and computed beside it.
numbers = st.integers(0, 999).map(lambda n: (str(n), Fraction(n)))
named = st.sampled_from([("a", Fraction(7, 3)), ("b", Fraction(0)), ("c", Fraction(-5, 2))])


def combined(inner: st.SearchStrategy[tuple[str, Fraction]]) -> st.SearchStrategy[tuple[str, Fraction]]:
    def join(parts: tuple[tuple[str, Fraction], str, tuple[str, Fraction]]) -> tuple[str, Fraction]:
        (left, x), op, (right, y) = parts
        if op in ("min", "max"):
            return f"{op}({left}, {right})", min(x, y) if op == "min" else max(x, y)
        if op == ">=":
            return f"({left} >= {right})", Fraction(x >= y)
        result = {"+": x + y, "-": x - y, "*": x * y}[op]
        return f"({left} {op} {right})", result

    return st.tuples(inner, st.sampled_from(["+", "-", "*", "min", "max", ">="]), inner).map(join)


@given(st.recursive(named | numbers, combined, max_leaves=10))
def test_it_agrees_with_an_oracle(pair: tuple[str, Fraction]) -> None:
    text, expected = pair
    assert value(text, a=Fraction(7, 3), b=0, c=Fraction(-5, 2)) == expected


@given(st.text(alphabet="ab1.+-*/(),:<>= stepslif", max_size=60))
def test_any_text_is_read_or_refused_never_more(text: str) -> None:
    position = 1
    try:
        parse(text)
    except FormulaError as refusal:
        position = refusal.details["position"]
    assert 1 <= position <= len(text) + 1


def test_a_part_is_told_as_it_was_written_brackets_and_all() -> None:
    told = evaluate(parse("2 * (used + 1) / ((original) - 1)"), {"used": 1, "original": 3})
    assert (told.value, told.text) == (Fraction(2), "2 * (used + 1) / ((original) - 1)")
    assert [part.text for part in told.parts] == ["2 * (used + 1)", "(original) - 1"]
    assert evaluate(parse("(used + 1) * 2"), {"used": 1}).text == "(used + 1) * 2"
