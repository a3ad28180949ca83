"""The counting of votes against an oracle that knows only the words of the regulation: every sequence of
ballots of every panel of up to seven, whoever votes, abstains, names a price of their own or stays away.
"""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import pytest

from apps.panels.tally import (
    FIRST,
    SECOND,
    SUBMITTED,
    Choice,
    Outcome,
    Result,
    TallyRules,
    Tie,
    Vote,
    abandoned,
    outcome,
    settled,
)

pytestmark = pytest.mark.once

USUAL = TallyRules()
PRESENT_ONLY = TallyRules(abstentions_count=False)
STRICT = TallyRules(
    quorum=Fraction(1), first_majority=Fraction(1), second_majority=Fraction(3, 4), tie=Tie.REJECT
)
LOOSE = TallyRules(
    quorum=Fraction(1, 2), first_majority=Fraction(5, 9), abstentions_count=False, tie=Tie.REJECT
)
ALL_RULES = {"usual": USUAL, "present only": PRESENT_ONLY, "strict": STRICT, "loose": LOOSE}
SIZES = range(1, 8)

AWAY = "away"
# What one member may do; in a first round name one of two prices of their own. The walk over what may still
# come, below, names up to seven.
FIRST_ACTS = ("approve", "reject", "abstain", "a", "b", AWAY)
SECOND_ACTS = ("approve", "reject", "abstain", AWAY)


def vote(act: str, round_no: int) -> Vote:
    if act == "approve":
        return Vote(Choice.APPROVE, SUBMITTED if round_no == FIRST else "a")
    if act in ("reject", "abstain"):
        return Vote(act)
    return Vote(Choice.MODIFY, act)


def oracle(acts: tuple[str, ...], rules: TallyRules, round_no: int) -> tuple[str, str]:
    """The verdict, by the words of the regulation and nothing clever."""
    ballots = [act for act in acts if act != AWAY]
    if Fraction(len(ballots)) < rules.quorum * len(acts) or not ballots:
        return "no_quorum", ""
    against = ballots if rules.abstentions_count else [act for act in ballots if act != "abstain"]
    for option in dict.fromkeys(act for act in ballots if act != "abstain"):
        share = Fraction(against.count(option), len(against))
        enough = share >= rules.first_majority if round_no == FIRST else share > rules.second_majority
        if enough:
            return _named(option, round_no)
    if round_no == FIRST:
        return "inconclusive", ""
    return ("tie", "") if rules.tie == "chair" else ("rejected", "reject")


def _named(option: str, round_no: int) -> tuple[str, str]:
    if option == "reject":
        return "rejected", "reject"
    if option == "approve" and round_no == FIRST:
        return "approved", SUBMITTED
    return "modified", "a" if option == "approve" else option


def counted(
    acts: tuple[str, ...], rules: TallyRules, round_no: int, *, closed: bool = True, waiting: int = 0
) -> Outcome:
    votes = [vote(act, round_no) for act in acts if act != AWAY]
    return outcome(votes, len(acts) + waiting, rules, round_no, closed=closed)


def told(found: Outcome) -> tuple[str, str]:
    return str(found.result), found.option_key


@pytest.mark.parametrize("name", ALL_RULES)
@pytest.mark.parametrize("size", SIZES)
def test_a_second_round_is_what_the_regulation_says_and_closing_early_never_changes_it(
    size: int, name: str
) -> None:
    _every_sequence(SECOND_ACTS, size, ALL_RULES[name], SECOND)


@pytest.mark.parametrize("name", ALL_RULES)
@pytest.mark.parametrize("size", SIZES)
def test_a_first_round_is_what_the_regulation_says_and_closing_early_never_changes_it(
    size: int, name: str
) -> None:
    _every_sequence(FIRST_ACTS, size, ALL_RULES[name], FIRST)


def _every_sequence(acts: tuple[str, ...], size: int, rules: TallyRules, round_no: int) -> None:
    """One member after the other casts a ballot, or is passed over and stays away. Wherever the round might
    have been closed early, it would have come to the same.
    """

    @cache
    def early(ballots: tuple[str, ...]) -> tuple[str, str] | None:
        found = counted(ballots, rules, round_no, closed=False, waiting=size - len(ballots))
        return told(found) if found.decided else None

    @cache
    def final(ballots: tuple[str, ...]) -> tuple[str, str]:
        everybody = (*ballots, *(AWAY,) * (size - len(ballots)))
        found = told(counted(everybody, rules, round_no))
        assert found == oracle(everybody, rules, round_no), everybody
        return found

    closed_early = 0
    for sequence in itertools.product(acts, repeat=size):
        ballots = tuple(act for act in sequence if act != AWAY)
        end = final(tuple(sorted(ballots)))
        for cast in range(len(ballots)):
            found = early(tuple(sorted(ballots[:cast])))
            if found is not None:
                closed_early += 1
                assert found == end, (sequence, cast)
                break
    assert closed_early or size < 3 or rules is STRICT


def _states(size: int, round_no: int) -> Iterator[tuple[str, ...]]:
    """Every multiset of ballots of up to so many members, prices of their own named in order of appearance,
    as many different ones as there are members.
    """
    acts = ["approve", "reject", "abstain"]
    acts += [f"p{number}" for number in range(size)] if round_no == FIRST else []
    for count in range(size + 1):
        for ballots in itertools.combinations_with_replacement(acts, count):
            named = [act for act in dict.fromkeys(ballots) if act.startswith("p")]
            if named == [f"p{number}" for number in range(len(named))]:
                yield ballots


@pytest.mark.parametrize("name", ALL_RULES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("round_no", [FIRST, SECOND])
@pytest.mark.parametrize("vacant", [0, 1, 2])
def test_it_is_settled_exactly_when_no_way_of_going_on_ends_otherwise(
    size: int, name: str, round_no: int, vacant: int
) -> None:
    """Seats that nobody fills count for the quorum; while it is missed nothing is settled."""
    rules = ALL_RULES[name]
    if size + vacant > 7:
        return

    @cache
    def ends(ballots: tuple[str, ...], left: int) -> frozenset[tuple[str, str]]:
        if left == 0:
            everybody = (*ballots, *(AWAY,) * (size + vacant - len(ballots)))
            return frozenset({oracle(everybody, rules, round_no)})
        acts = {"approve", "reject", "abstain"}
        if round_no == FIRST:
            acts |= {act for act in ballots if act.startswith("p")} | {f"p{len(ballots)}"}
        found = set(ends(ballots, left - 1))  # the next one stays away
        for act in acts:
            found |= ends(tuple(sorted((*ballots, act))), left - 1)
        return frozenset(found)

    for ballots in _states(size, round_no):
        left = size - len(ballots)
        votes = [vote(act, round_no) for act in ballots]
        found = ends(tuple(sorted(ballots)), left)
        certain = len(found) == 1 and ("no_quorum", "") not in found
        assert settled(votes, left, rules, round_no, vacant=vacant) == certain, ballots


@pytest.mark.parametrize("round_no", [FIRST, SECOND])
def test_without_early_closing_only_the_last_ballot_settles(round_no: int) -> None:
    patient = TallyRules(early_close=False)
    votes = [vote("approve", round_no)] * 6
    assert not settled(votes, 1, patient, round_no)
    assert settled([*votes, vote("reject", round_no)], 0, patient, round_no)


def test_two_thirds_of_seven_are_five() -> None:
    assert told(counted(("approve",) * 4 + ("reject",) * 3, USUAL, FIRST)) == ("inconclusive", "")
    assert told(counted(("approve",) * 5 + ("reject",) * 2, USUAL, FIRST)) == ("approved", SUBMITTED)


def test_different_changed_prices_do_not_add_up() -> None:
    split = ("a", "a", "b", "b", "c", "approve", "a")
    assert told(counted(split, USUAL, FIRST)) == ("inconclusive", "")
    assert told(counted(("a",) * 5 + ("b", "approve"), USUAL, FIRST)) == ("modified", "a")


def test_an_abstention_stands_in_the_number_or_not_as_the_parameter_says() -> None:
    acts = ("approve", "approve", "approve", "reject", "abstain")
    assert told(counted(acts, USUAL, FIRST))[0] == "inconclusive"
    assert told(counted(acts, PRESENT_ONLY, FIRST))[0] == "approved"


def test_an_even_second_round_is_a_tie_for_the_chair_or_refused() -> None:
    acts = ("approve", "approve", "reject", "reject")
    assert told(counted(acts, USUAL, SECOND)) == ("tie", "")
    assert told(counted(acts, STRICT, SECOND)) == ("rejected", "reject")


def test_nobody_at_all_is_no_quorum() -> None:
    assert told(outcome_of_nobody()) == ("no_quorum", "")


def outcome_of_nobody() -> Outcome:
    return outcome([], 0, USUAL, FIRST, closed=True)


def test_figures_count_everything_and_name_the_most_voted_first() -> None:
    found = counted(("approve", "a", "a", "reject", "abstain", AWAY, AWAY), USUAL, FIRST).figures
    assert (found.size, found.cast, found.missing) == (7, 5, 2)
    assert (found.approve, found.modify, found.reject, found.abstain) == (1, 2, 1, 1)
    assert found.options == (("a", 2), ("reject", 1), (SUBMITTED, 1))
    assert (found.quorum_needed, found.needed) == (5, 4)


def test_an_abandoned_round_says_who_came_and_nothing_of_how_they_voted() -> None:
    found = abandoned([vote("reject", FIRST), vote("a", FIRST)], 5, USUAL, FIRST)
    assert found.result is Result.ABANDONED
    assert (found.figures.cast, found.figures.options, found.figures.reject) == (2, (), 0)


def test_rules_and_outcomes_are_kept_as_plain_data() -> None:
    for rules in ALL_RULES.values():
        assert TallyRules.from_json(rules.to_json()) == rules
    found = counted(("approve", "a", "a", "reject", "abstain"), USUAL, FIRST)
    assert Outcome.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("quorum", Fraction(0)),
        ("quorum", Fraction(4, 3)),
        ("first_majority", Fraction(1, 2)),
        ("second_majority", Fraction(1, 3)),
        ("second_majority", Fraction(1)),
    ],
)
def test_rules_by_which_two_could_win_or_nobody_ever_are_refused(member: str, value: Fraction) -> None:
    with pytest.raises(ValueError, match=r"share|more than half"):
        TallyRules.from_json({**USUAL.to_json(), member: str(value)})


def test_more_votes_than_seats_are_a_defect() -> None:
    with pytest.raises(ValueError, match="more votes than seats"):
        outcome([vote("approve", FIRST)], 0, USUAL, FIRST, closed=True)


def test_a_vote_never_prints_itself() -> None:
    assert repr(vote("reject", FIRST)) == str(vote("a", FIRST)) == "Vote(…)"
