"""Who is proposed for a panel: by what they know, then by how much they have to do, an odd number of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.panels.proposing import Candidate, odd_from, propose

pytestmark = pytest.mark.once

CANDIDATES = st.lists(
    st.builds(
        Candidate,
        key=st.integers(1, 10_000),
        familiarity=st.none() | st.integers(0, 3),
        load=st.integers(0, 5),
        order=st.integers(0, 20),
    ),
    unique_by=lambda one: one.key,
    max_size=15,
)


def test_who_knows_the_class_comes_before_who_has_less_to_do() -> None:
    found = propose(
        [
            Candidate(1, familiarity=0, load=0),
            Candidate(2, familiarity=3, load=4),
            Candidate(3, familiarity=None, load=0),
            Candidate(4, familiarity=3, load=1),
            Candidate(5, familiarity=2, load=0),
        ],
        minimum=3,
        wished=3,
        reserve=2,
    )
    assert found.members == (4, 2, 5)
    assert found.substitutes == (1, 3)


def test_the_senior_one_comes_first_where_all_else_is_equal() -> None:
    found = propose([Candidate(9, order=2), Candidate(8, order=1), Candidate(7, order=3)], **_three())
    assert found.members == (8, 9, 7)


def test_of_four_three_sit_and_one_substitutes() -> None:
    found = propose([Candidate(key) for key in (1, 2, 3, 4)], minimum=3, wished=5, reserve=2)
    assert (found.members, found.substitutes, found.short) == ((1, 2, 3), (4,), False)


def test_too_few_are_said_to_be_too_few() -> None:
    found = propose([Candidate(1), Candidate(2)], **_three())
    assert (found.members, found.short) == ((1, 2), True)
    assert propose([], **_three()).short


def test_an_even_wish_is_taken_one_higher() -> None:
    assert len(propose([Candidate(key) for key in range(9)], minimum=3, wished=4, reserve=9).members) == 5
    assert [odd_from(number) for number in (0, 1, 2, 3)] == [1, 1, 3, 3]


def _three() -> dict[str, int]:
    return {"minimum": 3, "wished": 3, "reserve": 1}


@given(CANDIDATES, st.integers(1, 7), st.integers(1, 9), st.integers(0, 4))
def test_a_proposal_is_odd_or_said_to_be_short_and_nobody_is_left_out_who_fits_better(
    eligible: list[Candidate], minimum: int, wished: int, reserve: int
) -> None:
    found = propose(eligible, minimum=minimum, wished=wished, reserve=reserve)
    named = (*found.members, *found.substitutes)
    assert len(set(named)) == len(named)
    assert set(named) <= {one.key for one in eligible}
    assert len(found.substitutes) <= reserve
    if found.short:
        assert len(eligible) < odd_from(minimum)
        return
    assert len(found.members) % 2 == 1
    assert minimum <= len(found.members) <= odd_from(max(minimum, wished))
    known = {one.key: -1 if one.familiarity is None else one.familiarity for one in eligible}
    outside = [known[key] for key in known if key not in found.members]
    assert all(known[key] >= best for key in found.members for best in outside)
