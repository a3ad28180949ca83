"""The machine left to itself: stand-by grants, its own journal, the manual key, stops and other faults."""

from dataclasses import replace

import pytest

from devices.controller.actions import Publish
from devices.protocol import (
    Cfg,
    Desired,
    EvtAck,
    NodePolicy,
)
from tests.devices.controller.rig import BOB, Rig

SAFE = Cfg(nodes=(NodePolicy(node=1, cls="finish_safely", hold=True),))
NEVER_CUT = Cfg(nodes=(NodePolicy(node=1, cls="never_cut"),))


def standby(rig: Rig, **changes: object) -> None:
    grant = rig.grant(kind="standby", off=900_000)
    rig.send(Desired(ver=1, now=rig.wall, standby=(replace(grant, **changes),)))  # type: ignore[arg-type]
    rig.wait(31_000)


def test_a_standby_grant_answers_when_the_server_does_not() -> None:
    rig = Rig()
    standby(rig)
    rig.swipe()
    rig.wait(3_100, answer=False)
    assert rig.lit
    rig.wait(900_000, answer=False)
    assert rig.journal()[-1][:2] == ("off", "lease_lost")


def test_a_standby_grant_is_useless_after_a_power_loss_without_contact() -> None:
    rig = Rig()
    standby(rig)
    again = Rig(flash=rig.flash)
    again.swipe()
    again.wait(5_100, answer=False)
    assert not again.lit


@pytest.mark.parametrize(
    "changes", [{"off": 0}, {"card": BOB}, {"nbf": 1_795_000_000_000 + 10**7, "exp": 10**13}]
)
def test_a_standby_grant_that_does_not_fit_is_not_used(changes: dict[str, object]) -> None:
    rig = Rig()
    standby(rig, **changes)
    rig.swipe()
    rig.wait(5_100, answer=False)
    assert not rig.lit


def test_the_licence_is_not_renewed_by_answers_that_know_a_newer_version() -> None:
    rig = Rig()
    standby(rig, off=60_000)
    rig.swipe()
    rig.wait(3_100, answer=False)
    assert rig.lit
    for _ in range(70):
        rig.now += 1_000
        actions = rig.do(rig.machine.tick(rig.now))
        beats = [replace_gid(action) for action in actions if isinstance(action, Publish)]
        rig.answer_beats(list(beats), ver=2)
    assert not rig.lit


def replace_gid(action: Publish) -> Publish:
    return Publish(action.channel, {**action.body, "gid": None})


def test_the_journal_is_repeated_until_it_is_acknowledged_and_then_forgotten() -> None:
    rig = Rig()
    rig.on()
    rig.wait(4_100)
    assert len(rig.sent("evt")) >= 3
    rig.send(EvtAck(boot=rig.machine.boot, upto=1))
    assert rig.journal() == []
    before = len(rig.sent("evt"))
    rig.wait(5_000)
    assert len(rig.sent("evt")) == before


def test_an_acknowledgement_of_what_was_never_written_is_ignored() -> None:
    rig = Rig()
    rig.on()
    rig.send(EvtAck(boot=rig.machine.boot, upto=99))
    assert len(rig.journal()) == 1


def test_a_power_loss_is_accounted_for_at_the_next_boot() -> None:
    rig = Rig()
    grant = rig.on()
    rig.wait(5_250)
    again = Rig(flash=rig.flash)
    kind, why, odo = again.journal()[-1]
    assert (kind, why) == ("off", "power_loss")
    assert 4_750 <= odo <= 5_250
    assert again.flash["j.2"]["gid"] == grant.gid
    assert again.machine.bootn == 2


def test_the_manual_key_is_recorded_and_ends_after_four_hours() -> None:
    rig = Rig()
    rig.do(rig.machine.key_turned(rig.now, node=1, on=True))
    assert (rig.lit, rig.st) == (True, "override")
    rig.now += 4 * 3_600_000
    rig.do(rig.machine.tick(rig.now))
    assert [entry[0] for entry in rig.journal()] == ["override_on", "override_off"]
    assert rig.machine.nodes[1].odo == 4 * 3_600_000


def test_a_stop_is_stronger_than_the_manual_key() -> None:
    rig = Rig()
    rig.do(rig.machine.key_turned(rig.now, node=1, on=True))
    rig.send(Desired(ver=1, now=rig.wall, estop=True))
    rig.do(rig.machine.key_turned(rig.now, node=1, on=False))
    rig.do(rig.machine.key_turned(rig.now, node=1, on=True))
    assert (rig.lit, rig.st) == (False, "estop")


def test_a_welded_relay_is_a_fault_until_it_lets_go() -> None:
    rig = Rig()
    rig.on()
    rig.do(rig.machine.welded(rig.now, node=1, stuck=True))
    assert (rig.st, rig.swipe()) == ("fault", {})
    rig.do(rig.machine.welded(rig.now, node=1, stuck=False))
    assert rig.st == "locked"


def test_a_stalled_program_pays_only_until_the_watchdog_fired() -> None:
    rig = Rig()
    rig.on()
    rig.wait(1_000)
    rig.now += 60_000
    rig.do(rig.machine.watchdog_fired(rig.now, node=1, at=rig.now - 58_000))
    assert rig.journal()[-2:] == [("off", "watchdog", 3_000), ("wd_reset", None, 3_000)]


def test_tampering_is_recorded_and_changes_nothing() -> None:
    rig = Rig()
    rig.on()
    rig.do(rig.machine.alarmed(rig.now, node=1, kind="tamper"))
    assert (rig.lit, rig.journal()[-1][0]) == (True, "tamper")


def test_two_nodes_have_their_own_sessions_and_odometers() -> None:
    rig = Rig(nodes=2)
    rig.on()
    rig.permit(rig.swipe(BOB, node=2), rig.grant(node=2, card=BOB))
    rig.wait(2_000)
    rig.swipe()
    rig.wait(3_000)
    rig.swipe(BOB, node=2)
    assert [rig.machine.nodes[n].odo for n in (1, 2)] == [2_000, 5_000]


def test_an_orderly_halt_switches_off_and_says_so() -> None:
    rig = Rig()
    rig.on()
    rig.do(rig.machine.halted(rig.now))
    assert (rig.lit, rig.journal()[-1][:2]) == (False, ("off", "reboot"))


def test_hostile_frames_are_counted_in_the_heartbeat() -> None:
    rig = Rig()
    rig.do(rig.machine.received(rig.now, topic="iap/1/d/dev0/dn/cmd", payload=b"1 s1 AAAA\n{}"))
    rig.do(rig.machine.received(rig.now, topic="iap/1/d/dev9/dn/cmd", payload=b""))
    rig.wait(31_000)
    assert rig.sent("hb")[-1]["in"]["bad"] == 2
    assert rig.machine.refused == {"frame.signature": 1, "frame.topic": 1}
