"""One seeded run, or one directed story, from a fresh world to the oracle's verdict. It owns the length of
a run and the seeds; another server plugs in through `make_server`."""

import os
from collections.abc import Callable
from random import SystemRandom

from devices.controller.safeguards import Rules
from tests.devices.chaos.directed import STORIES
from tests.devices.chaos.misfortunes import misfortune
from tests.devices.chaos.model import ModelServer
from tests.devices.chaos.oracle import judge
from tests.devices.chaos.server import ServerUnderTest
from tests.devices.chaos.world import CFG, Faults, World

CHAOS_MS = 32_000
QUIET_MS = 12_000
CALM = Faults(drop=0, duplicate=0, slow=0, replay=0, forge=0, events=0)
MakeServer = Callable[[World], ServerUnderTest]
FIXED_SEEDS = range(100)
# One base for the whole session, also under several workers; CHAOS_BASE repeats a printed one.
RANDOM_BASE = int(os.environ.setdefault("CHAOS_BASE", str(SystemRandom().randrange(1_000, 2**31))))
RANDOM_SEEDS = range(RANDOM_BASE, RANDOM_BASE + 100)


def model_server(world: World) -> ServerUnderTest:
    """The in-memory counterpart."""
    return ModelServer(signer=world.server_signer, device_keys=world.device_keys, cfg=CFG, seed=world.seed)


def run_seed(
    seed: int, *, rules: Rules | None = None, make_server: MakeServer = model_server, chaos_ms: int = CHAOS_MS
) -> tuple[World, list[str]]:
    """A random run; returns the world and its violations."""
    world = World(seed=seed, devs=("alpha", "bravo"), rules=rules or Rules(), faults=Faults())
    world.attach(make_server(world))
    world.begin()
    world.run(chaos_ms, chaos=misfortune)
    world.calm()
    world.rest(QUIET_MS)
    return world, judge(world)


def run_story(
    name: str, *, rules: Rules | None = None, make_server: MakeServer = model_server
) -> tuple[World, list[str]]:
    """A directed story; returns the world and its violations."""
    world = World(seed=1, devs=("alpha",), rules=rules or Rules(), faults=CALM)
    world.attach(make_server(world))
    world.begin()
    world.rest(1_500)
    STORIES[name](world)
    world.calm()
    world.rest(QUIET_MS)
    return world, judge(world)
