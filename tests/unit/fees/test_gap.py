"""Peers summarised exactly, and a gap whose steps add up to it."""

import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fees.content import PARTS, Parts
from apps.fees.gap import UNEXPLAINED, explain
from apps.fees.peers import Peer, median, quantile, summarise

pytestmark = pytest.mark.once


def peer(price_fen: int, parts: Parts | None = None) -> Peer:
    return Peer("", "", "", "", "research", price_fen, parts, "", "", "2026-01-01")


def parts(**e4: int) -> Parts:
    return Parts(**{f"{name}_e4": cost for name, cost in e4.items()})


def test_below_the_minimum_nothing_is_summarised() -> None:
    assert summarise([100, 200, 300], 4) is None
    assert summarise([], 0) is None
    assert summarise([100, 200, 300, 400], 4) is not None


def test_quartiles_are_those_of_a_spreadsheet() -> None:
    summary = summarise([400, 100, 300, 200], 4)
    assert summary is not None
    assert (summary.least_fen, summary.q1_fen, summary.median_fen, summary.q3_fen, summary.most_fen) == (
        100,
        175,
        250,
        325,
        400,
    )


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=40))
def test_quartiles_agree_with_the_inclusive_method_of_the_library(prices: list[int]) -> None:
    expected = statistics.quantiles(map(Fraction, prices), n=4, method="inclusive")
    assert [quantile(sorted(prices), Fraction(part, 4)) for part in (1, 2, 3)] == expected
    assert median(prices) == statistics.median(map(Fraction, prices))


def test_a_gap_is_split_by_what_costs_more_at_the_recovery_of_the_peers() -> None:
    # The peers ask 200 yuan for what costs 500: they recover 40 %.
    peers = [peer(200_00, parts(depreciation=3_000_000, consumables=1_000_000, labour=1_000_000))] * 4
    own = parts(depreciation=4_000_000, consumables=1_000_000, labour=1_500_000, space=250_000)
    gap = explain(price_fen=300_00, parts=own, peers=peers, minimum=4)
    assert gap is not None
    assert {step.part: step.fen for step in gap.steps} == {
        "depreciation": 40_00,  # 40 % of 100 yuan
        "labour": 20_00,
        "consumables": 0,
        "service": 10_00,
        "unexplained": 30_00,
    }
    assert (gap.gap_fen, gap.median_fen, gap.peers) == (100_00, 200_00, 4)


def test_without_costs_everything_is_unexplained() -> None:
    for own, theirs in (
        (None, parts(labour=1)),
        (parts(labour=1), None),
        (parts(labour=1), Parts(labour_e4=0)),
    ):
        gap = explain(price_fen=300_00, parts=own, peers=[peer(200_00, theirs)] * 4, minimum=4)
        assert gap is not None
        assert [(step.part, step.fen) for step in gap.steps] == [(UNEXPLAINED, 100_00)]
        assert gap.peers == 0


def test_too_few_peers_have_no_gap() -> None:
    assert explain(price_fen=1, parts=None, peers=[peer(1)] * 3, minimum=4) is None


e4 = st.integers(0, 10**10)
any_parts = st.builds(Parts, **{f"{name}_e4": e4 for name in PARTS})
peers_of_any_kind = st.lists(
    st.builds(peer, st.integers(0, 10**8), st.one_of(st.none(), any_parts)), min_size=1, max_size=12
)


@given(price=st.integers(0, 10**8), own=st.one_of(st.none(), any_parts), peers=peers_of_any_kind)
def test_the_steps_add_up_to_the_gap_exactly(price: int, own: Parts | None, peers: list[Peer]) -> None:
    gap = explain(price_fen=price, parts=own, peers=peers, minimum=1)
    assert gap is not None
    assert sum(step.fen for step in gap.steps) == gap.gap_fen == price - gap.median_fen
    assert all(type(step.fen) is int for step in gap.steps)
    assert gap.steps[-1].part == UNEXPLAINED


@given(own=any_parts, peers=peers_of_any_kind)
def test_who_costs_and_asks_what_all_do_has_nothing_to_explain(own: Parts, peers: list[Peer]) -> None:
    same = [peer(500_00, own)] * len(peers)
    gap = explain(price_fen=500_00, parts=own, peers=same, minimum=1)
    assert gap is not None
    assert all(step.fen == 0 for step in gap.steps)
