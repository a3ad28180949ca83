"""What goes wrong in the chaos model, and how often: cards, loads, revocations, power losses, torn flash,
lost links, killed brokers and gateways, suppressed channels, replays and forgeries. It never judges."""

import json
from collections.abc import Callable
from typing import Any

from devices.protocol import Ed25519Signer, encode, parse_topic, topic_for
from tests.devices.chaos.server import CRASH_POINTS
from tests.devices.chaos.world import CARDS, STEP_MS, Device, World

# One stolen seed under every name it may claim to be.
THIEVES = tuple(Ed25519Signer(kid=kid, seed=b"t" * 32) for kid in ("s1", "k1", "x9"))


def misfortune(world: World) -> None:
    """What may go wrong within one step: replays, forgeries, and an event out of `EVENTS`."""
    chance = world.random.random
    if world.history and chance() < world.faults.replay:
        _replay(world)
    if world.history and chance() < world.faults.forge:
        _forge(world)
    if chance() < world.faults.events * STEP_MS / 250:
        device = world.random.choice(list(world.devices.values()))
        names = list(EVENTS)
        name = world.random.choices(names, weights=[EVENTS[n][0] for n in names])[0]
        EVENTS[name][1](world, device)


def _replay(world: World) -> None:
    world.witness.attacks += 1
    topic, payload = world.random.choice(world.history)
    way = "up" if "/up/" in topic else "down"
    if world.random.random() < 0.3:
        other = world.random.choice(list(world.devices))
        moved = topic_for(other, parse_topic(topic).channel)
        world.push(1, way, moved, payload, hostile=moved != topic)
    else:
        world.push(1, way, topic, payload, hostile=False)


def _forge(world: World) -> None:
    world.witness.attacks += 1
    topic, payload = world.random.choice(world.history)
    body: dict[str, Any] = json.loads(payload.partition(b"\n")[2])
    for name in ("now", "exp", "ver", "lease", "odo", "upto"):
        if isinstance(body.get(name), int):
            body[name] += 100_000
    if isinstance(body.get("grant"), dict):
        body["grant"]["exp"] += 100_000
    forged = encode(topic=topic, body=body, signer=world.random.choice(THIEVES))
    world.push(1, "up" if "/up/" in topic else "down", topic, forged, hostile=True)


def _swipe(world: World, device: Device) -> None:
    if device.machine is not None:
        card = world.random.choice(CARDS)
        if world.random.random() < 0.4 and device.machine.nodes[1].session is not None:
            card = device.machine.nodes[1].session.grant.card or card
        device.swipe(card)


def _load(world: World, device: Device) -> None:
    if device.machine is not None:
        busy = world.random.random() < 0.5
        device.run(device.machine.loaded(device.mono(), node=1, busy=busy))


def _rules(world: World, _device: Device) -> None:
    world.server.allow(world.random.choice(CARDS), allowed=world.random.random() < 0.8)


def _revoke(world: World, device: Device) -> None:
    machine = device.machine
    gid = machine.nodes[1].gid if machine is not None else None
    gid = gid or world.server.live(device.dev, 1, world.wall)
    if gid is not None:
        world.publish(world.server.revoke(gid, world.wall))


def _standby(world: World, device: Device) -> None:
    world.publish(world.server.offer_standby(device.dev, 1, world.random.choice(CARDS), world.wall))


def _stop(world: World, device: Device) -> None:
    world.publish(world.server.stop(device.dev, world.wall, on=world.random.random() < 0.4))


def _power_loss(world: World, device: Device) -> None:
    device.power_loss()


def _power_up(world: World, device: Device) -> None:
    if device.machine is None:
        device.power_up()
        device.connect()


def _tear(world: World, device: Device) -> None:
    device.flash.tear_after = world.random.randint(0, 400)


def _cut_between(world: World, _device: Device) -> None:
    world.cut_between = 0.03 if world.cut_between == 0 else 0.0


def _link(world: World, device: Device) -> None:
    if device.link:
        device.disconnect()
    else:
        device.connect()


def _broker(world: World, _device: Device) -> None:
    world.witness.crashes += 1
    world.lose_everything()


def _gateway(world: World, _device: Device) -> None:
    world.server.crash_at(world.random.choice(CRASH_POINTS))


def _suppress(world: World, _device: Device) -> None:
    world.suppress = set() if world.suppress else {world.random.choice(("desired", "cmd", "hback", "evtack"))}


EVENTS: dict[str, tuple[int, Callable[[World, Device], None]]] = {
    "swipe": (30, _swipe),
    "load": (4, _load),
    "rules": (3, _rules),
    "revoke": (6, _revoke),
    "standby": (5, _standby),
    "stop": (3, _stop),
    "power_loss": (3, _power_loss),
    "power_up": (12, _power_up),
    "tear": (2, _tear),
    "cut_between": (2, _cut_between),
    "link": (8, _link),
    "broker": (1, _broker),
    "gateway": (4, _gateway),
    "suppress": (3, _suppress),
}
