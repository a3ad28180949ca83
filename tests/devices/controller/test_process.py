"""One real controller process on a real broker: starts without a broker, unlocks, survives kill -9, ends
cleanly.
"""

import json
import queue
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.mqtt import AckCallable, LastWill, MqttClient, MqttSettings
from devices.protocol import (
    Ed25519Public,
    Ed25519Signer,
    Evt,
    EvtAck,
    FrameError,
    Grant,
    Hb,
    Hback,
    JournalEntry,
    Message,
    Reply,
    Swipe,
    b64url_encode,
    decode,
    encode,
    is_will,
    new_ulid,
    parse_message,
    parse_topic,
    topic_for,
)

ROOT = Path(__file__).parents[3]
SERVER = Ed25519Signer(kid="s1", seed=b"s" * 32)
DEVICE = Ed25519Signer(kid="k1", seed=b"d" * 32)
PATIENCE_S = 20.0


def eventually(condition: Callable[[], Any]) -> Any:
    """Wait for something that must come."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("it never came")


class Stage:
    """A broker, a server that says yes, and a place for one controller."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.processes: list[subprocess.Popen[bytes]] = []
        self.journal: dict[int, JournalEntry] = {}
        self.wills: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.client: MqttClient | None = None
        config = {
            "dev": "dev0",
            "kid": "k1",
            "private_key": b64url_encode(b"d" * 32),
            "server_keys": {"s1": b64url_encode(SERVER.public)},
            "mqtt": {"host": "127.0.0.1", "port": self.port, "username": "dev0", "password": "unused"},
            "nodes": [{"node": 1, "instrument": "20231234"}],
            "card_key": b64url_encode(b"c" * 32),
            "periods": {"hb_locked_ms": 300, "hb_powered_ms": 300},
        }
        self.config = folder / "config.json"
        self.config.write_text(json.dumps(config), encoding="utf-8")

    def spawn(self, *command: str) -> subprocess.Popen[bytes]:
        """A child that dies with the test."""
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(child)
        return child

    def start_broker(self) -> subprocess.Popen[bytes]:
        """A mosquitto for this test alone."""
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        path = self.folder / "mosquitto.conf"
        path.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n")
        return self.spawn(program, "-c", str(path))

    def start_server(self) -> None:
        """A server that grants everything and acknowledges the journal."""
        self.client = MqttClient(
            MqttSettings(host="127.0.0.1", port=self.port, client_id="gateway"),
            subscriptions=[("iap/1/d/+/up/#", 1)],
            on_message=self.heard,
        )
        self.client.start()
        assert self.client.wait_connected(PATIENCE_S)

    def start_controller(self) -> subprocess.Popen[bytes]:
        """The controller, as a user starts it."""
        return self.spawn(sys.executable, "-m", "devices.controller", "--config", str(self.config))

    def swipe(self, uid: str = "04A1B2C3") -> int:
        """A card, as a user of the simulator holds it."""
        module = ("devices.controller.swipe", "--config", str(self.config), "--card", uid)
        command = (sys.executable, "-m", *module)
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
        return done.returncode

    def heard(self, topic: str, payload: bytes, _ack: AckCallable) -> None:
        """Everything the controller says; called on the network thread."""
        if is_will(payload):
            self.wills.put(payload)
            return
        try:
            frame = decode(topic=topic, payload=payload, keys={"k1": Ed25519Public(DEVICE.public)})
            message = parse_message(parse_topic(topic).channel, frame.body)
        except FrameError:
            return
        now = time.time_ns() // 1_000_000
        if isinstance(message, Hb):
            self.say(Hback(boot=message.boot, hb=message.hb, now=now, ver=0, gid=message.gid, lease=20_000))
        elif isinstance(message, Swipe):
            grant = Grant(
                gid=new_ulid(), node=1, card=message.card, nbf=now - 1, exp=now + 600_000, lease=20_000
            )
            self.say(Reply(boot=message.boot, rid=message.rid, now=now, ok=True, grant=grant))
        elif isinstance(message, Evt):
            self.journal.update({entry.n: entry for entry in message.entries})
            self.say(EvtAck(boot=message.boot, upto=message.entries[-1].n))

    def say(self, message: Message) -> None:
        """The server speaks."""
        topic = topic_for("dev0", message.channel)
        if self.client is not None:
            self.client.publish(topic, encode(topic=topic, body=message.to_json(), signer=SERVER))

    def trace(self) -> list[dict[str, Any]]:
        """What the relay really did."""
        path = self.folder / "state" / "trace.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def close(self) -> None:
        """Nothing is left over."""
        if self.client is not None:
            self.client.stop()
        for child in self.processes:
            child.kill()
            child.wait()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage that is cleared afterwards."""
    stage = Stage(tmp_path)
    yield stage
    stage.close()


def test_a_controller_unlocks_survives_kill_9_and_ends_cleanly(stage: Stage) -> None:
    controller = stage.start_controller()
    time.sleep(0.4)
    stage.start_broker()
    stage.start_server()
    eventually((stage.folder / "ready").exists)
    assert stage.swipe() == 0
    eventually(lambda: [line["on"] for line in stage.trace()] == [True])
    time.sleep(1.2)
    controller.kill()
    controller.wait()
    assert eventually(lambda: not stage.wills.empty())

    controller = stage.start_controller()
    lost = eventually(lambda: stage.journal.get(2))
    first, second = stage.trace()
    assert (lost.k, lost.why, second["why"]) == ("off", "power_loss", "power_loss")
    powered = second["mono_ms"] - first["mono_ms"]
    assert 0 <= powered - lost.odo <= 700

    stage.swipe()
    eventually(lambda: len(stage.trace()) == 3)
    time.sleep(0.5)
    stage.swipe()
    off = eventually(lambda: stage.journal.get(4))
    *_, third, fourth = stage.trace()
    assert off.why == "swipe_out"
    assert off.odo - stage.journal[3].odo == fourth["mono_ms"] - third["mono_ms"]

    stage.swipe()
    eventually(lambda: stage.trace()[-1]["on"])
    controller.send_signal(signal.SIGTERM)
    assert controller.wait(PATIENCE_S) == 0
    assert stage.trace()[-1]["on"] is False
    assert not (stage.folder / "ready").exists()
    assert stage.swipe() == 1


def test_a_configuration_without_keys_is_refused_by_name(stage: Stage) -> None:
    stage.config.write_text("{}", encoding="utf-8")
    assert stage.start_controller().wait(PATIENCE_S) == 2


def test_an_unacknowledged_message_comes_again_and_a_will_is_published(stage: Stage) -> None:
    broker = stage.start_broker()
    heard: queue.SimpleQueue[tuple[bytes, AckCallable]] = queue.SimpleQueue()
    reader = MqttClient(
        MqttSettings(
            host="127.0.0.1", port=stage.port, client_id="reader", clean_session=False, manual_ack=True
        ),
        subscriptions=[("a/+", 1)],
        on_message=lambda _topic, payload, ack: heard.put((payload, ack)),
    )
    writer = MqttClient(
        MqttSettings(host="127.0.0.1", port=stage.port, client_id="writer"),
        subscriptions=[],
        on_message=lambda *_: None,
        will=lambda: LastWill(topic="a/will", payload=b"gone", retain=False),
    )
    assert writer.publish("a/1", b"early") is False
    reader.start()
    writer.start()
    assert reader.wait_connected(PATIENCE_S)
    assert writer.wait_connected(PATIENCE_S)
    assert writer.publish("a/1", b"one", wait_s=5.0) is True
    assert heard.get(timeout=PATIENCE_S)[0] == b"one"
    reader.stop()
    again = MqttClient(
        MqttSettings(
            host="127.0.0.1", port=stage.port, client_id="reader", clean_session=False, manual_ack=True
        ),
        subscriptions=[("a/+", 1)],
        on_message=lambda _topic, payload, ack: heard.put((payload, ack)),
    )
    again.start()
    payload, acknowledge = heard.get(timeout=PATIENCE_S)
    assert payload == b"one"
    acknowledge()
    broker.send_signal(signal.SIGSTOP)
    assert writer.publish("a/1", b"two", wait_s=0.3) is False
    writer.stop(timeout_s=1.0)
    broker.send_signal(signal.SIGCONT)
    again.stop()
