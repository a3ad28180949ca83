"""L1 of the fault plan: 100 fixed and 100 random seeds against the model server, directed stories, and the
proof that the oracle sees each protective rule that is taken away."""

from dataclasses import fields, replace

import pytest

from devices.controller.safeguards import Rules
from tests.devices.chaos.campaign import FIXED_SEEDS, RANDOM_BASE, RANDOM_SEEDS, run_seed, run_story
from tests.devices.chaos.directed import STORIES

BATCH = 10
RULE_NAMES = [rule.name for rule in fields(Rules)]
# Which story must notice the loss of a rule; a rule without a story is noticed by random seeds alone.
WITNESSES = {
    "verify_signature": None,
    "match_boot": None,
    "match_question": None,
    "anchor_at_asking": "an_answer_comes_late",
    "grant_expires": "a_session_runs_to_its_end",
    "lease_required": "a_revoked_session_is_cut_off_from_the_server",
    "version_rises": "an_old_desired_state_is_replayed",
    "version_persists": None,
    "off_at_boot": "the_plug_is_pulled_and_put_back",
    "clock_bounded": "a_standby_grant_is_tried_after_a_long_power_loss",
    "licence_needs_current_version": "a_standby_revocation_is_suppressed",
    "journal_persists": None,
    "odometer_persists": None,
    "denial_keeps_session": "bob_is_refused_while_alice_works",
    "stop_cuts": "a_running_session_is_stopped",
    "stop_latches": "a_stop_is_survived_by_pulling_the_plug",
    "revocation_cuts": "a_revocation_arrives_on_line",
}


def _batches(seeds: range) -> list[range]:
    return [seeds[start : start + BATCH] for start in range(0, len(seeds), BATCH)]


def _violations(seeds: range) -> dict[int, list[str]]:
    return {seed: found for seed in seeds if (found := run_seed(seed)[1])}


@pytest.mark.parametrize("seeds", _batches(FIXED_SEEDS), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_no_invariant_breaks_under_a_fixed_seed(seeds: range) -> None:
    assert _violations(seeds) == {}


@pytest.mark.parametrize("batch", range(len(RANDOM_SEEDS) // BATCH))
def test_no_invariant_breaks_under_a_random_seed(batch: int) -> None:
    seeds = _batches(RANDOM_SEEDS)[batch]
    assert _violations(seeds) == {}, f"repeat with CHAOS_BASE={RANDOM_BASE}"


def test_the_chaos_is_worth_its_name() -> None:
    worlds = [run_seed(seed)[0] for seed in range(8)]
    assert sum(len(world.witness.intervals) for world in worlds) >= 20
    assert sum(sum(world.witness.losses.values()) for world in worlds) >= 20
    assert sum(world.witness.crashes for world in worlds) >= 20
    assert sum(world.witness.attacks for world in worlds) >= 500


def test_a_seed_tells_the_same_story_twice() -> None:
    first, second = run_seed(7)[0], run_seed(7)[0]
    assert first.witness == second.witness


@pytest.mark.parametrize("name", STORIES)
def test_a_directed_attack_achieves_nothing(name: str) -> None:
    assert run_story(name)[1] == []


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_the_oracle_sees_each_rule_that_is_taken_away(rule: str) -> None:
    weakened = replace(Rules(), **{rule: False})
    story = WITNESSES[rule]
    if story is not None:
        assert run_story(story, rules=weakened)[1] != []
    else:
        assert any(run_seed(seed, rules=weakened)[1] for seed in range(30))
