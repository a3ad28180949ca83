"""The state machine, one habit at a time."""

from dataclasses import replace

import pytest

from devices.controller.actions import Persist, Reboot, Relay, SelfTest
from devices.protocol import (
    Cfg,
    Cmd,
    Desired,
    Ed25519Signer,
    NodePolicy,
    Reply,
    b64url_encode,
    config_hash,
    new_ulid,
)
from tests.devices.controller.rig import ALICE, BOB, Rig

SAFE = Cfg(nodes=(NodePolicy(node=1, cls="finish_safely", hold=True),))
NEVER_CUT = Cfg(nodes=(NodePolicy(node=1, cls="never_cut"),))


def command(rig: Rig, word: str, **more: object) -> Cmd:
    return replace(Cmd(id=new_ulid(), exp=rig.wall + 10_000, k=word), **more)  # type: ignore[arg-type]


def result(rig: Rig) -> tuple[bool, str | None]:
    last = rig.sent("ack")[-1]
    return last["ok"], last["code"]


def test_power_up_switches_off_before_anything_else() -> None:
    rig = Rig()
    assert rig.log[0] == Relay(1, on=False, why="boot", at=10_000)
    assert rig.st == "locked"


def test_a_granted_swipe_is_journalled_before_power() -> None:
    rig = Rig()
    rig.on()
    kinds = [type(action) for action in rig.log if isinstance(action, Relay | Persist)]
    assert kinds[-2:] == [Persist, Relay]
    assert (rig.lit, rig.st) == (True, "unlocked")
    assert rig.journal() == [("on", "session", 0)]


def test_the_holders_card_locks_and_the_odometer_is_exact() -> None:
    rig = Rig()
    rig.on()
    rig.wait(12_345)
    assert rig.swipe() == {}
    assert (rig.lit, rig.st) == (False, "locked")
    assert rig.journal()[-1] == ("off", "swipe_out", 12_345)


def test_an_unanswered_question_is_repeated_with_the_same_rid_and_given_up() -> None:
    rig = Rig()
    rig.swipe()
    assert rig.st == "pending"
    rig.wait(5_100, answer=False)
    rids = {body["rid"] for body in rig.sent("swipe")}
    assert len(rids) == 1
    assert len(rig.sent("swipe")) >= 4
    assert rig.st == "locked"
    assert rig.shown()[-1] == "no_answer"


def test_an_answer_after_giving_up_changes_nothing() -> None:
    rig = Rig()
    question = rig.swipe()
    rig.wait(6_000)
    rig.permit(question)
    assert not rig.lit


def test_two_swipes_ask_with_different_rids() -> None:
    rig = Rig()
    first = rig.swipe()
    rig.deny(first)
    assert rig.swipe()["rid"] != first["rid"]


def test_a_denial_shows_the_first_reason_and_stays_locked() -> None:
    rig = Rig()
    rig.deny(rig.swipe(), "training.expired")
    assert (rig.st, rig.shown()[-1]) == ("locked", "training.expired")


def test_a_denied_swipe_never_ends_anothers_session() -> None:
    rig = Rig()
    rig.on()
    question = rig.swipe(BOB)
    rig.deny(question)
    assert (rig.lit, rig.st) == (True, "unlocked")


def test_a_granted_swipe_of_another_card_hands_over_without_losing_a_millisecond() -> None:
    rig = Rig()
    rig.on()
    rig.wait(3_000)
    rig.permit(rig.swipe(BOB), rig.grant(card=BOB))
    rig.wait(2_000)
    rig.swipe(BOB)
    assert [entry[2] for entry in rig.journal()] == [0, 3_000, 3_000, 5_000]


def test_without_heartbeat_answers_the_lease_ends_it() -> None:
    rig = Rig()
    rig.on()
    rig.wait(44_900, answer=False)
    assert rig.lit
    rig.wait(200, answer=False)
    assert rig.journal()[-1][:2] == ("off", "lease_lost")


def test_a_held_back_answer_does_not_lengthen_the_lease() -> None:
    rig = Rig()
    question = rig.swipe()
    rig.now += 4_000
    rig.permit(question)
    rig.wait(41_000, answer=False)
    assert not rig.lit


def test_the_grant_ends_at_its_end_whatever_the_leases_say() -> None:
    rig = Rig()
    rig.on(exp=rig.wall + 60_000)
    rig.wait(59_900)
    assert rig.lit
    rig.wait(200)
    assert rig.journal()[-1][:2] == ("off", "expired")


def test_a_grant_that_is_over_on_arrival_is_refused() -> None:
    rig = Rig()
    question = rig.swipe()
    grant = rig.grant(exp=rig.wall + 1_000)
    stamp = rig.wall
    rig.now += 2_000
    rig.send(Reply(boot=question["boot"], rid=question["rid"], now=stamp, ok=True, grant=grant))
    assert not rig.lit


def test_warnings_come_before_the_end_and_not_at_the_beginning_of_a_short_use() -> None:
    rig = Rig()
    rig.on(exp=rig.wall + 300_000, warn=(600, 120))
    assert rig.st == "unlocked"
    rig.wait(181_000)
    assert (rig.st, rig.shown()[-1]) == ("warn", "ending")


def test_an_extension_moves_the_end_and_takes_the_warning_back() -> None:
    rig = Rig()
    grant = rig.on(exp=rig.wall + 130_000, warn=(120,))
    rig.wait(11_000)
    assert rig.st == "warn"
    rig.send(command(rig, "ask", kind="extend"))
    question = rig.sent("swipe")[-1]
    assert question["kind"] == "extend"
    rig.permit(question, replace(grant, exp=grant.exp + 600_000))
    assert rig.st == "unlocked"
    rig.wait(200_000)
    assert rig.lit


def test_nothing_runs_is_the_answer_to_an_extension_of_nothing() -> None:
    rig = Rig()
    rig.wait(31_000)
    rig.send(command(rig, "ask", kind="extend"))
    assert result(rig) == (False, "cmd.not_running")


def test_a_remote_unlock_asks_first_and_names_the_command() -> None:
    rig = Rig()
    rig.wait(31_000)
    order = command(rig, "ask", kind="remote")
    rig.send(order)
    question = rig.sent("swipe")[-1]
    assert (question["ask"], "card" in question) == (order.id, False)
    rig.permit(question, rig.grant(kind="remote"))
    assert rig.lit


def test_idle_time_ends_a_session_and_load_keeps_it() -> None:
    rig = Rig()
    rig.on(idle=60_000)
    rig.do(rig.machine.loaded(rig.now, node=1, busy=True))
    rig.wait(120_000)
    assert rig.lit
    rig.do(rig.machine.loaded(rig.now, node=1, busy=False))
    rig.wait(60_100)
    assert rig.journal()[-1][:2] == ("off", "idle")
    assert rig.machine.nodes[1].busy == 120_000


def test_two_persons_are_needed_where_the_grant_says_so() -> None:
    rig = Rig()
    grant = rig.permit(rig.swipe(), rig.grant(need2=True))
    assert (rig.lit, rig.st) == (False, "await_second")
    question = rig.swipe(BOB)
    assert (question["card"], question["card2"], question["gid"]) == (ALICE, BOB, grant.gid)
    rig.permit(question, replace(grant, need2=False))
    assert rig.lit


def test_the_second_person_has_sixty_seconds() -> None:
    rig = Rig()
    rig.permit(rig.swipe(), rig.grant(need2=True))
    rig.wait(60_100)
    assert (rig.st, rig.shown()[-1]) == ("locked", "second_missing")


def test_a_revoked_session_is_off_at_once() -> None:
    rig = Rig()
    grant = rig.on()
    actions = rig.send(Desired(ver=1, now=rig.wall, revoked=(grant.gid,)))
    assert isinstance(actions[0], Relay)
    assert rig.journal()[-1][:2] == ("off", "revoked")


def test_a_grant_revoked_while_its_answer_travelled_is_refused() -> None:
    rig = Rig()
    question, grant = rig.swipe(), rig.grant()
    rig.send(Desired(ver=1, now=rig.wall, revoked=(grant.gid,)))
    rig.permit(question, grant)
    assert not rig.lit


def test_a_lock_command_locks_once_and_is_answered_twice() -> None:
    rig = Rig()
    grant = rig.on()
    order = command(rig, "lock", gid=grant.gid)
    rig.send(order)
    assert (rig.lit, result(rig)) == (False, (True, None))
    rig.permit(rig.swipe())
    rig.send(order)
    assert rig.lit
    assert len(rig.sent("ack")) == 2


def test_a_replayed_command_is_known_across_a_power_loss() -> None:
    rig = Rig()
    rig.on()
    order = command(rig, "lock")
    rig.send(order)
    again = Rig(flash=rig.flash)
    again.on()
    again.send(order)
    assert again.lit


def test_a_command_after_its_end_is_refused() -> None:
    rig = Rig()
    rig.on()
    rig.send(command(rig, "lock", exp=rig.wall - 1))
    assert (rig.lit, result(rig)) == (True, (False, "cmd.expired"))


@pytest.mark.parametrize(("word", "code"), [("dance", "cmd.unknown"), ("rotate_key", "cmd.unknown")])
def test_an_unknown_command_is_refused_aloud(word: str, code: str) -> None:
    rig = Rig()
    rig.on()
    rig.send(command(rig, word))
    assert result(rig) == (False, code)


def test_a_command_for_a_node_that_does_not_exist_is_refused() -> None:
    rig = Rig()
    rig.on()
    rig.send(command(rig, "lock", node=9))
    assert (rig.lit, result(rig)) == (True, (False, "cmd.no_such_node"))


def test_a_command_waits_until_the_clock_is_bounded() -> None:
    rig = Rig()
    order = command(rig, "ask", kind="remote", exp=rig.wall + 60_000)
    rig.send(order)
    assert rig.sent("ack") == rig.sent("swipe") == []
    rig.wait(31_000)
    rig.send(order)
    assert result(rig) == (True, None)


def test_identify_self_test_and_reboot_do_what_they_say() -> None:
    rig = Rig()
    rig.on()
    rig.send(command(rig, "identify"))
    assert rig.shown()[-1] == "identify"
    order = command(rig, "self_test")
    assert SelfTest(order.id) in rig.send(order)
    rig.do(rig.machine.self_tested(rig.now, command=order.id, ok=False))
    assert result(rig) == (False, "cmd.self_test_failed")
    order = command(rig, "reboot")
    assert Reboot() in rig.send(order)
    assert not rig.lit
    assert Reboot() not in rig.send(order)


def test_a_busy_node_that_finishes_safely_drains_until_the_signed_moment() -> None:
    rig = Rig(base=SAFE)
    grant = rig.on()
    rig.do(rig.machine.loaded(rig.now, node=1, busy=True))
    rig.send(Desired(ver=1, now=rig.wall, revoked=(grant.gid,), drain=((grant.gid, rig.wall + 30_000),)))
    assert (rig.lit, rig.st) == (True, "drain")
    assert rig.swipe(BOB) == {}
    rig.wait(30_100)
    assert rig.journal()[-1][:2] == ("off", "revoked")


def test_a_draining_node_is_off_as_soon_as_it_is_idle() -> None:
    rig = Rig(base=SAFE)
    rig.on()
    rig.do(rig.machine.loaded(rig.now, node=1, busy=True))
    rig.send(command(rig, "drain", until=rig.wall + 30_000))
    rig.wait(1_000)
    rig.do(rig.machine.loaded(rig.now, node=1, busy=False))
    assert not rig.lit


def test_without_a_signed_moment_a_node_that_finishes_safely_is_cut() -> None:
    rig = Rig(base=SAFE)
    grant = rig.on()
    rig.do(rig.machine.loaded(rig.now, node=1, busy=True))
    rig.send(Desired(ver=1, now=rig.wall, revoked=(grant.gid,)))
    assert not rig.lit


def test_a_node_that_holds_while_busy_runs_past_its_booked_end_but_not_its_hard_one() -> None:
    rig = Rig(base=SAFE)
    rig.on(end=rig.wall + 20_000, exp=rig.wall + 40_000)
    rig.do(rig.machine.loaded(rig.now, node=1, busy=True))
    rig.wait(30_000)
    assert (rig.lit, rig.st) == (True, "drain")
    rig.wait(10_100)
    assert rig.journal()[-1][:2] == ("off", "expired")


def test_a_node_that_is_never_cut_refuses_only_the_next_use() -> None:
    rig = Rig(base=NEVER_CUT)
    grant = rig.on(lease=3_600_000)
    rig.send(Desired(ver=1, now=rig.wall, revoked=(grant.gid,)))
    assert rig.lit
    rig.send(command(rig, "lock"))
    assert (rig.lit, result(rig)) == (True, (False, "node.never_cut"))


def test_a_stop_is_latched_across_power_loss_until_a_higher_version() -> None:
    rig = Rig()
    rig.on()
    rig.send(Desired(ver=5, now=rig.wall, estop=True))
    assert (rig.lit, rig.st) == (False, "estop")
    again = Rig(flash=rig.flash)
    assert again.st == "estop"
    assert again.swipe() == {}
    again.send(Desired(ver=5, now=again.wall))
    assert again.st == "estop"
    again.send(Desired(ver=6, now=again.wall))
    assert again.st == "locked"


def test_an_older_desired_state_is_ignored() -> None:
    rig = Rig()
    rig.send(Desired(ver=5, now=rig.wall))
    assert rig.send(Desired(ver=4, now=rig.wall, estop=True)) == []
    assert rig.flash["ver"] == 5


def test_a_new_server_key_is_believed_only_from_a_trusted_one() -> None:
    rig = Rig()
    new = Ed25519Signer(kid="s2", seed=b"n" * 32)
    offer = Desired(ver=1, now=rig.wall, kids=("s1", "s2"), keys=(("s2", b64url_encode(new.public)),))
    rig.send(offer, signer=new)
    assert rig.flash.get("ver") is None
    rig.send(offer)
    rig.send(Desired(ver=2, now=rig.wall, kids=("s2",)), signer=new)
    assert rig.flash["ver"] == 2
    again = Rig(flash=rig.flash)
    again.send(Desired(ver=3, now=again.wall))
    assert again.flash["ver"] == 2, "the old key is no longer trusted"


def test_a_configuration_counts_only_when_the_desired_state_names_it() -> None:
    rig = Rig()
    cfg = Cfg(hb_powered_ms=1_000)
    rig.send(cfg)
    assert rig.machine.shared.trust.cfg.hb_powered_ms == 10_000
    rig.send(Desired(ver=1, now=rig.wall, cfg_hash=config_hash(cfg)))
    assert rig.machine.shared.trust.cfg == cfg
    assert Rig(flash=rig.flash).machine.shared.trust.cfg == cfg
