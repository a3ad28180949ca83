"""Where two of the controller's habits meet: a second person who is late, a guest beside a running session, a
slow crystal, a boot that dies at once."""

import pytest

from devices.controller.actions import Persist, Relay
from devices.controller.clock import DRIFT_PPM
from devices.protocol import Cmd, Desired, Hback, new_ulid
from tests.devices.controller.rig import ALICE, BOB, CAROL, Rig


def standby(rig: Rig, *grants: object) -> None:
    rig.send(Desired(ver=1, now=rig.wall, standby=grants))  # type: ignore[arg-type]
    rig.wait(31_000)


def test_a_second_person_who_comes_after_the_end_switches_nothing_on() -> None:
    rig = Rig()
    first = rig.grant(kind="standby", off=900_000, need2=True, exp=rig.wall + 41_000)
    standby(rig, first, rig.grant(kind="standby", off=900_000, card=BOB))
    rig.swipe(ALICE)
    rig.wait(3_100, answer=False)
    assert rig.st == "await_second"
    rig.wait(5_000, answer=False)
    rig.swipe(BOB)
    rig.wait(4_500, answer=False)
    assert not [action for action in rig.log if isinstance(action, Relay) and action.on]
    assert rig.journal() == []


def test_a_second_person_in_time_starts_a_standby_session() -> None:
    rig = Rig()
    standby(
        rig,
        rig.grant(kind="standby", off=900_000, need2=True),
        rig.grant(kind="standby", off=900_000, card=BOB),
    )
    rig.swipe(ALICE)
    rig.wait(3_100, answer=False)
    rig.swipe(BOB)
    rig.wait(3_100, answer=False)
    assert (rig.lit, rig.st) == (True, "unlocked")


@pytest.mark.parametrize(
    ("second", "state"), [("p1", "await_second"), ("p2", "unlocked"), (None, "unlocked")]
)
def test_two_cards_of_one_person_are_not_two_persons(second: str | None, state: str) -> None:
    rig = Rig()
    standby(
        rig,
        rig.grant(kind="standby", off=900_000, need2=True, who="p1"),
        rig.grant(kind="standby", off=900_000, card=BOB, who=second),
    )
    rig.swipe(ALICE)
    rig.wait(3_100, answer=False)
    rig.swipe(BOB)
    rig.wait(6_000, answer=False)
    assert (rig.st, rig.lit) == (state, state == "unlocked")


def beside(rig: Rig) -> tuple[str, str]:
    """Alice works; Bob's two-person grant waits. Returns both gids."""
    running = rig.on()
    waiting = rig.permit(rig.swipe(BOB), rig.grant(card=BOB, need2=True))
    return running.gid, waiting.gid


def test_a_guest_who_thinks_better_of_it_does_not_end_the_running_session() -> None:
    rig = Rig()
    beside(rig)
    assert rig.swipe(BOB) == {}
    assert (rig.lit, rig.machine.nodes[1].waiting) == (True, None)
    assert rig.swipe(CAROL)["kind" if "kind" in rig.sent("swipe")[-1] else "card"] == CAROL


def test_revoking_a_waiting_grant_leaves_the_running_session() -> None:
    rig = Rig()
    running, waiting = beside(rig)
    rig.send(Desired(ver=1, now=rig.wall, revoked=(waiting,)))
    assert (rig.lit, rig.machine.nodes[1].gid, rig.machine.nodes[1].waiting) == (True, running, None)


def test_a_waiting_grant_is_locked_by_its_own_order_and_the_running_one_stays() -> None:
    rig = Rig()
    rig.wait(1_000)
    running, waiting = beside(rig)
    rig.send(Cmd(id=new_ulid(), exp=rig.wall + 10_000, k="lock", gid=waiting))
    assert (rig.sent("ack")[-1]["ok"], rig.sent("ack")[-1]["code"]) == (True, None)
    assert (rig.machine.nodes[1].gid, rig.machine.nodes[1].waiting) == (running, None)
    rig.send(Cmd(id=new_ulid(), exp=rig.wall + 10_000, k="lock"))
    assert not rig.lit


def test_a_renewed_lease_is_shortened_for_a_slow_crystal() -> None:
    rig = Rig()
    grant = rig.on()
    rig.wait(10_500, answer=False)
    beat = rig.sent("hb")[-1]
    lease = 40_000_000
    node = rig.machine.nodes[1]
    rig.send(Hback(boot=beat["boot"], hb=beat["hb"], now=rig.wall, ver=0, gid=grant.gid, lease=lease))
    asked = 20_000
    assert node.session is not None
    assert node.session.lease_until == asked + lease - lease * DRIFT_PPM // 1_000_000


def test_the_licence_of_a_standby_session_is_shortened_for_a_slow_crystal() -> None:
    rig = Rig()
    off = 600_000
    standby(rig, rig.grant(kind="standby", off=off))
    rig.swipe(ALICE)
    rig.wait(3_100, answer=False)
    licence, session = rig.machine.shared.licence_at, rig.machine.nodes[1].session
    assert licence is not None
    assert session is not None
    assert rig.machine.nodes[1].lease_end(session) == licence + off - off * DRIFT_PPM // 1_000_000


def test_a_boot_is_counted_before_it_writes_anything_else() -> None:
    rig = Rig(nodes=2)
    rig.on()
    again = Rig(flash=rig.flash, nodes=2)
    first = [action for action in again.log if isinstance(action, Relay | Persist)]
    assert [type(action) for action in first[:3]] == [Relay, Relay, Persist]
    assert isinstance(first[2], Persist)
    assert first[2].patch == {"bootn": again.machine.bootn, "dev": "dev0"}
