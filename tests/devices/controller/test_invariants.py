"""Hypothesis drives the controller, the server's mind and the plug; the chaos model's oracle judges every
history.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from devices.controller.safeguards import Rules
from devices.protocol import Ed25519Signer, encode, parse_json
from tests.devices.chaos.campaign import CALM, QUIET_MS, model_server
from tests.devices.chaos.oracle import judge
from tests.devices.chaos.world import CARDS, Device, World

CARD = st.sampled_from(CARDS[:3])


class ControllerHistory(RuleBasedStateMachine):
    """Any order of swipes, loads, revocations, stops, losses, tears, cuts, replays and forgeries."""

    @initialize()
    def begin(self) -> None:
        self.world = World(seed=1, devs=("alpha",), rules=Rules(), faults=CALM)
        self.world.attach(model_server(self.world))
        self.world.begin()
        self.world.rest(200)

    @property
    def device(self) -> Device:
        return self.world.devices["alpha"]

    @rule(card=CARD)
    def swipe(self, card: str) -> None:
        self.device.swipe(card)

    @rule(card=CARD, allowed=st.booleans())
    def change_the_rules(self, card: str, allowed: bool) -> None:  # noqa: FBT001 - drawn by name
        self.world.server.allow(card, allowed=allowed)

    @rule(milliseconds=st.sampled_from([100, 700, 3_000, 12_000]))
    def wait(self, milliseconds: int) -> None:
        self.world.rest(milliseconds)

    @rule(channels=st.sets(st.sampled_from(["reply", "hback", "desired", "cmd", "evtack"])))
    def let_through_all_but(self, channels: set[str]) -> None:
        self.world.suppress = channels

    @precondition(lambda self: self.device.lit)
    @rule()
    def revoke(self) -> None:
        gid = self.device.lit[1].gid
        if gid is not None:
            self.world.publish(self.world.server.revoke(gid, self.world.wall))

    @rule(card=CARD)
    def offer_standby(self, card: str) -> None:
        self.world.publish(self.world.server.offer_standby("alpha", 1, card, self.world.wall))

    @rule(on=st.booleans())
    def stop(self, on: bool) -> None:  # noqa: FBT001 - drawn by name
        self.world.publish(self.world.server.stop("alpha", self.world.wall, on=on))

    @rule(tear=st.none() | st.integers(0, 300))
    def lose_power(self, tear: int | None) -> None:
        if tear is None:
            self.device.power_loss()
        else:
            self.device.flash.tear_after = tear

    @rule(linked=st.booleans())
    def power_up(self, linked: bool) -> None:  # noqa: FBT001 - drawn by name
        if self.device.machine is None:
            self.device.power_up()
        if linked:
            self.device.connect()
        else:
            self.device.disconnect()

    @precondition(lambda self: self.world.history)
    @rule(data=st.data(), forged=st.booleans())
    def repeat_a_frame(self, data: st.DataObject, forged: bool) -> None:  # noqa: FBT001 - drawn by name
        topic, payload = data.draw(st.sampled_from(self.world.history))
        if forged:
            body = parse_json(payload.partition(b"\n")[2])
            thief = Ed25519Signer(kid="s1", seed=b"t" * 32)
            payload = encode(topic=topic, body={**body, "ver": 10**6}, signer=thief)
        self.world.push(1, "up" if "/up/" in topic else "down", topic, payload, hostile=forged)

    @invariant()
    def nothing_was_seen_that_must_not_be(self) -> None:
        if hasattr(self, "world"):
            assert self.world.witness.complaints == []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.calm()
            self.world.rest(QUIET_MS)
            assert judge(self.world) == []


TestControllerHistory = ControllerHistory.TestCase
TestControllerHistory.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
