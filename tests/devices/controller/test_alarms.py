"""A contact that bounces for hours, off line, fills neither the journal nor the flash; switching is always
written."""

import pytest

from devices.controller.journal import ALARM_GAP_MS, MOST_ALARMS
from devices.protocol import EvtAck, JournalEntry
from tests.devices.controller.rig import ALICE, Rig


def alarm(rig: Rig, kind: str = "tamper", node: int = 1) -> None:
    rig.do(rig.machine.alarmed(rig.now, node=node, kind=kind))


def test_a_bouncing_contact_is_recorded_once_a_minute_and_the_next_entry_says_so() -> None:
    rig = Rig()
    for _ in range(1_000):
        alarm(rig)
        rig.now += 1
    assert rig.journal() == [("tamper", None, 0)]
    rig.now += ALARM_GAP_MS
    alarm(rig)
    rig.now += ALARM_GAP_MS
    alarm(rig)
    assert [why for _, why, _ in rig.journal()] == [None, "repeated", None]


def test_each_node_and_each_kind_is_heard() -> None:
    rig = Rig(nodes=2)
    for kind in ("tamper", "forced"):
        for node in (1, 2):
            alarm(rig, kind, node)
            alarm(rig, kind, node)
    assert [kind for kind, _, _ in rig.journal()] == ["tamper", "tamper", "forced", "forced"]


def test_the_heartbeat_counts_what_was_not_recorded() -> None:
    rig = Rig()
    for _ in range(8):
        alarm(rig)
    rig.wait(31_000)
    assert rig.sent("hb")[-1]["in"]["muted"] == 7


@pytest.mark.parametrize("reboot", [False, True])
def test_alarms_that_wait_for_the_server_are_capped_and_switching_never_is(reboot: bool) -> None:  # noqa: FBT001
    rig = Rig()
    for _ in range(MOST_ALARMS + 20):
        alarm(rig)
        rig.now += ALARM_GAP_MS
    assert len(rig.journal()) == MOST_ALARMS
    if reboot:
        rig = Rig(flash=rig.flash)
        alarm(rig)
        assert len(rig.journal()) == MOST_ALARMS
    rig.on()
    rig.swipe(ALICE)
    assert [(kind, why) for kind, why, _ in rig.journal()[MOST_ALARMS:]] == [
        ("on", "session"),
        ("off", "swipe_out"),
    ]
    rig.send(EvtAck(boot=rig.machine.boot, upto=rig.machine.shared.journal.last))
    rig.now += ALARM_GAP_MS
    alarm(rig)
    assert [kind for kind, _, _ in rig.journal()] == ["tamper"]


def test_a_bouncing_feedback_contact_still_locks_every_time() -> None:
    rig = Rig()
    for _ in range(5):
        rig.on()
        assert rig.lit
        rig.do(rig.machine.welded(rig.now, node=1, stuck=True))
        assert (rig.lit, rig.st) == (False, "fault")
        rig.do(rig.machine.welded(rig.now, node=1, stuck=False))
    kinds = [kind for kind, _, _ in rig.journal()]
    assert (kinds.count("on"), kinds.count("off"), kinds.count("weld")) == (5, 5, 1)


def test_a_slice_never_jumps_over_a_number_that_is_lost() -> None:
    entry = JournalEntry(n=1, k="tamper", node=1, odo=0, busy=0, mono=0)
    kept = {f"j.{n}": {**entry.to_json(), "n": n} for n in (4, 5, 7)}
    rig = Rig(flash={"jn": 7, **kept}, damaged=True)
    assert [told["n"] for told in rig.sent("evt")[-1]["e"]] == [4, 5]
