"""Directed attacks: the shortest stories in which each protective rule is the one thing between a hostile
world and a powered node. Each is a function of a quiet world; the oracle says afterwards whether it
went well."""

from collections.abc import Callable

from tests.devices.chaos.server import GrantRecord
from tests.devices.chaos.world import CARDS, CFG, Device, World

ALICE, BOB = CARDS[0], CARDS[1]
ONLINE_MS = 2_000


def _device(world: World) -> Device:
    return next(iter(world.devices.values()))


def _swipe_on(world: World, card: str = ALICE) -> GrantRecord:
    device = _device(world)
    device.swipe(card)
    world.rest(500)
    assert device.machine is not None
    gid = device.machine.nodes[1].gid
    return next(grant for grant in world.server.records().grants if grant.gid == gid)


def _standby_on(world: World) -> GrantRecord:
    """Alice's stand-by grant is at work because the server's answers do not arrive."""
    device = _device(world)
    world.publish(world.server.offer_standby(device.dev, 1, ALICE, world.wall))
    world.rest(3_000)
    world.suppress = {"reply"}
    return _swipe_on_standby(world)


def _swipe_on_standby(world: World) -> GrantRecord:
    device = _device(world)
    device.swipe(ALICE)
    world.rest(CFG.pending_ms + 300)
    return next(grant for grant in world.server.records().grants if grant.standby)


def a_session_runs_to_its_end(world: World) -> None:
    """The server renews until the end and not beyond; nobody swipes out."""
    grant = _swipe_on(world)
    world.rest(grant.exp - world.wall + 5_000)


def an_answer_comes_late(world: World) -> None:
    """Somebody holds the grant back as long as the question is open."""
    world.delays = {"reply": CFG.giveup_ms - 200}
    _device(world).swipe(ALICE)
    world.rest(CFG.giveup_ms + 100)
    grant = world.server.records().grants[-1]
    world.delays.clear()
    world.rest(grant.exp - world.wall + 3_000)


def a_revoked_session_is_cut_off_from_the_server(world: World) -> None:
    """Nothing at all arrives after the revocation; the lease must end it."""
    grant = _swipe_on(world)
    _device(world).disconnect()
    world.publish(world.server.revoke(grant.gid, world.wall))
    world.rest(CFG.lease_ms + 3_000)


def a_revocation_arrives_on_line(world: World) -> None:
    """`desired` alone, without the lock command, must lock within two seconds."""
    grant = _swipe_on(world)
    world.suppress = {"cmd"}
    world.publish(world.server.revoke(grant.gid, world.wall))
    world.rest(ONLINE_MS)
    if any(_device(world).lit):
        world.complain("I2 still on two seconds after an on-line revocation")


def a_lock_command_arrives_on_line(world: World) -> None:
    """The lock command alone, without `desired`, must lock within two seconds."""
    grant = _swipe_on(world)
    world.suppress = {"desired"}
    world.publish(world.server.revoke(grant.gid, world.wall))
    world.rest(ONLINE_MS)
    if any(_device(world).lit):
        world.complain("I2 still on two seconds after an on-line lock command")


def a_standby_revocation_is_suppressed(world: World) -> None:
    """Heartbeats are answered, `desired` and commands are not let through: the off-line licence must run
    out.
    """
    grant = _standby_on(world)
    world.suppress = {"desired", "cmd", "reply"}
    world.publish(world.server.revoke(grant.gid, world.wall))
    world.rest(grant.off + 5_000)


def a_standby_grant_is_tried_after_a_long_power_loss(world: World) -> None:
    """No contact, no clock, and the grant in flash has long ended."""
    device = _device(world)
    world.publish(world.server.offer_standby(device.dev, 1, ALICE, world.wall))
    world.rest(1_000)
    device.power_loss()
    world.rest(65_000)
    device.power_up()
    world.rest(1_000)
    device.swipe(ALICE)
    world.rest(CFG.giveup_ms + 1_000)


def a_stop_is_survived_by_pulling_the_plug(world: World) -> None:
    """Stopped, unplugged, plugged in again, and a stand-by grant would say yes."""
    device = _device(world)
    world.publish(world.server.offer_standby(device.dev, 1, ALICE, world.wall))
    world.rest(500)
    world.publish(world.server.stop(device.dev, world.wall, on=True))
    world.rest(500)
    device.power_loss()
    world.rest(500)
    device.power_up()
    device.connect()
    world.rest(3_000)
    world.suppress = {"reply"}
    device.swipe(ALICE)
    world.rest(CFG.giveup_ms + 1_000)


def a_running_session_is_stopped(world: World) -> None:
    """The software stop while somebody works."""
    _swipe_on(world)
    world.publish(world.server.stop(_device(world).dev, world.wall, on=True))
    world.rest(2_000)


def bob_is_refused_while_alice_works(world: World) -> None:
    """A denial is Bob's alone."""
    world.server.allow(BOB, allowed=False)
    _swipe_on(world)
    _device(world).swipe(BOB)
    world.rest(2_000)


def the_plug_is_pulled_and_put_back(world: World) -> None:
    """The relay was commanded on when the power went."""
    _swipe_on(world)
    world.rest(1_700)
    _device(world).power_loss()
    world.rest(3_000)
    _device(world).power_up()
    world.rest(2_000)
    _device(world).connect()
    world.rest(2_000)


def an_old_desired_state_is_replayed(world: World) -> None:
    """The version before the revocation is sent again, properly signed."""
    device = _device(world)
    grant = _standby_on(world)
    old = dict(world.retained)
    world.publish(world.server.revoke(grant.gid, world.wall))
    world.rest(2_000)
    for topic, payload in old.items():
        world.to_device(topic, payload)
    world.rest(1_000)
    device.swipe(ALICE)
    world.rest(CFG.giveup_ms + 1_000)


def an_answer_is_replayed_after_a_reboot(world: World) -> None:
    """Yesterday's yes, in today's boot, while the same person asks again."""
    device = _device(world)
    recorded: list[tuple[str, bytes]] = []
    grant = _swipe_on(world)
    recorded += world.recorded("reply")
    device.power_loss()
    world.rest(1_000)
    world.publish(world.server.revoke(grant.gid, world.wall))
    device.power_up()
    device.connect()
    world.rest(1_000)
    world.suppress = {"reply"}
    device.swipe(ALICE)
    world.rest(100)
    world.suppress.clear()
    for topic, payload in recorded:
        device.hear(topic, payload, hostile=False)
    world.rest(1_000)


STORIES: dict[str, Callable[[World], None]] = {
    story.__name__: story
    for story in (
        a_session_runs_to_its_end,
        an_answer_comes_late,
        a_revoked_session_is_cut_off_from_the_server,
        a_revocation_arrives_on_line,
        a_lock_command_arrives_on_line,
        a_standby_revocation_is_suppressed,
        a_standby_grant_is_tried_after_a_long_power_loss,
        a_stop_is_survived_by_pulling_the_plug,
        a_running_session_is_stopped,
        bob_is_refused_while_alice_works,
        the_plug_is_pulled_and_put_back,
        an_old_desired_state_is_replayed,
        an_answer_is_replayed_after_a_reboot,
    )
}
