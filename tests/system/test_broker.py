"""The broker's files, judged by a real mosquitto: who gets in, and which topics each name may write and
read.
"""

import queue
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices.broker import (
    BrokerError,
    check_password,
    find_mosquitto,
    hash_password,
    new_password,
    reload_broker,
    remove_user,
    running_pid,
    set_password,
    write_broker_files,
)
from scripts.broker import RunningBroker, throwaway_mosquitto
from scripts.processes import answers, wait_until

pytestmark = pytest.mark.once

USERS = {
    "nmr01": "p" * 20 + "1",
    "sem02": "p" * 20 + "2",
    "gateway-1": "p" * 20 + "3",
    "gateway-2": "p" * 20 + "4",
}


class Client:
    """A paho connection that remembers what it received and whether it was let in."""

    def __init__(self, broker: RunningBroker, username: str, password: str, client_id: str = "") -> None:
        self.received: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.refused: str | None = None
        self.lost = False
        self.answered = False
        self._granted = False
        self.mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id or username)
        self.mqtt.username_pw_set(username, password)
        self.mqtt.on_connect = self._on_connect
        self.mqtt.on_disconnect = self._on_disconnect
        self.mqtt.on_subscribe = self._on_subscribe
        self.mqtt.on_message = self._on_message
        self.mqtt.connect(broker.host, broker.port)
        self.mqtt.loop_start()
        assert wait_until(lambda: self.answered, seconds=20)

    def _on_connect(self, _c: object, _d: object, _f: object, code: ReasonCode, _p: object) -> None:
        self.refused = str(code) if code.is_failure else None
        self.answered = True

    def _on_message(self, _c: object, _d: object, message: mqtt.MQTTMessage) -> None:
        self.received.put((message.topic, bytes(message.payload)))

    def _on_disconnect(self, *_: object) -> None:
        self.lost = True

    def _on_subscribe(self, *_: object) -> None:
        self._granted = True

    def subscribe(self, *topics: str) -> "Client":
        for topic in topics:
            self._granted = False
            self.mqtt.subscribe(topic, qos=1)
            assert wait_until(lambda: self._granted, seconds=20)
        return self

    def publish(self, topic: str, payload: str) -> None:
        self.mqtt.publish(topic, payload, qos=1).wait_for_publish(20)

    def next(self) -> tuple[str, bytes]:
        return self.received.get(timeout=20)

    def close(self) -> None:
        self.mqtt.disconnect()
        self.mqtt.loop_stop()


class Connect(Protocol):
    """What the `connect` fixture gives: open a connection that is closed when the test ends."""

    def __call__(self, username: str, *, password: str = "", client_id: str = "") -> Client: ...


@pytest.fixture(scope="module")
def broker() -> Iterator[RunningBroker]:
    with throwaway_mosquitto(USERS) as running:
        yield running


@pytest.fixture
def connect(broker: RunningBroker) -> Iterator[Connect]:
    opened: list[Client] = []

    def open_as(username: str, *, password: str = "", client_id: str = "") -> Client:
        opened.append(Client(broker, username, password or USERS[username], client_id))
        return opened[-1]

    yield open_as
    for client in opened:
        client.close()


def test_a_known_controller_and_a_gateway_are_let_in(connect: Connect) -> None:
    assert connect("nmr01").refused is None
    assert connect("gateway-1").refused is None


def test_a_wrong_password_an_unknown_name_and_nobody_are_refused(
    connect: Connect, broker: RunningBroker
) -> None:
    assert connect("nmr01", password="x" * 21).refused is not None
    assert connect("tem99", password="x" * 21).refused is not None
    anonymous = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="nobody")
    codes: list[ReasonCode] = []
    anonymous.on_connect = lambda _c, _d, _f, code, _p: codes.append(code)
    anonymous.connect(broker.host, broker.port)
    anonymous.loop_start()
    assert wait_until(lambda: bool(codes), seconds=20)
    anonymous.disconnect()
    anonymous.loop_stop()
    assert codes[0].is_failure


def test_uplinks_reach_the_gateway_and_downlinks_only_the_controller_they_name(connect: Connect) -> None:
    gateway = connect("gateway-1").subscribe("iap/1/d/+/up/#")
    nmr, sem = connect("nmr01"), connect("sem02")
    nmr.subscribe("iap/1/d/nmr01/dn/#", "iap/1/all/dn/#")
    sem.subscribe("iap/1/d/sem02/dn/#", "iap/1/d/nmr01/dn/#", "#")
    nmr.publish("iap/1/d/nmr01/up/swipe", "hello")
    assert gateway.next() == ("iap/1/d/nmr01/up/swipe", b"hello")
    gateway.publish("iap/1/d/nmr01/dn/reply", "for nmr only")
    gateway.publish("iap/1/all/dn/host", "for all")
    assert nmr.next() == ("iap/1/d/nmr01/dn/reply", b"for nmr only")
    assert nmr.next() == ("iap/1/all/dn/host", b"for all")
    assert sem.next() == ("iap/1/all/dn/host", b"for all"), (
        "sem02 must see the broadcast and not nmr01's downlink"
    )


def test_a_controller_cannot_write_as_another_nor_as_the_server(connect: Connect) -> None:
    gateway = connect("gateway-1").subscribe("iap/1/d/+/up/#")
    victim = connect("nmr01").subscribe("iap/1/d/nmr01/dn/#", "iap/1/all/dn/#")
    thief = connect("sem02")
    thief.publish("iap/1/d/nmr01/up/swipe", "forged uplink")
    thief.publish("iap/1/d/nmr01/dn/reply", "forged downlink")
    thief.publish("iap/1/d/sem02/dn/reply", "own downlink")
    thief.publish("iap/1/all/dn/host", "forged host state")
    thief.publish("iap/1/d/sem02/up/hb", "honest")
    assert gateway.next() == ("iap/1/d/sem02/up/hb", b"honest")
    assert victim.received.empty()


def test_a_stolen_client_id_does_not_end_anothers_connection(connect: Connect) -> None:
    victim = connect("nmr01")
    assert connect("sem02", client_id="nmr01").refused is None
    time.sleep(0.2)
    assert not victim.lost


def test_two_gateways_share_the_uplinks_each_message_once(connect: Connect) -> None:
    first = connect("gateway-1").subscribe("$share/gw/iap/1/d/+/up/#")
    second = connect("gateway-2").subscribe("$share/gw/iap/1/d/+/up/#")
    device = connect("nmr01")
    for number in range(10):
        device.publish("iap/1/d/nmr01/up/evt", str(number))
    assert wait_until(lambda: first.received.qsize() + second.received.qsize() >= 10, seconds=20)
    time.sleep(0.1)
    together = [
        queued.get_nowait()[1] for queued in (first.received, second.received) for _ in range(queued.qsize())
    ]
    assert sorted(together) == sorted(str(number).encode() for number in range(10))


def test_a_password_set_while_the_broker_runs_holds_at_once(connect: Connect, broker: RunningBroker) -> None:
    assert running_pid(broker.folder) == broker.pid
    fresh = new_password()
    assert connect("xrd03", password=fresh).refused is not None
    set_password(broker.folder, "xrd03", fresh)
    assert wait_until(lambda: connect("xrd03", password=fresh).refused is None, seconds=20)
    gateway = connect("gateway-1").subscribe("iap/1/d/+/up/#")
    connect("xrd03", password=fresh).publish("iap/1/d/xrd03/up/hb", "new here")
    assert gateway.next() == ("iap/1/d/xrd03/up/hb", b"new here")
    assert remove_user(broker.folder, "xrd03")
    assert wait_until(lambda: connect("xrd03", password=fresh).refused is not None, seconds=20)
    assert not remove_user(broker.folder, "xrd03")


def test_retained_messages_survive_a_restart_of_the_broker(tmp_path: Path) -> None:
    with throwaway_mosquitto(USERS) as first:
        gateway = Client(first, "gateway-1", USERS["gateway-1"])
        gateway.mqtt.publish("iap/1/d/nmr01/dn/desired", "41", qos=1, retain=True).wait_for_publish(20)
        gateway.close()
        config = first.folder / "mosquitto.conf"
        kept = tmp_path / "kept"
        subprocess.run(["kill", "-TERM", str(first.pid)], check=True)
        assert wait_until(lambda: not answers(first.host, first.port), seconds=20)
        assert wait_until(lambda: (first.folder / "mosquitto.db").exists(), seconds=20)
        shutil.copytree(first.folder, kept)
        assert config.exists()
    with throwaway_mosquitto(USERS) as second:
        subprocess.run(["kill", "-TERM", str(second.pid)], check=True)
        assert wait_until(lambda: not answers(second.host, second.port), seconds=20)
        shutil.copy(kept / "mosquitto.db", second.folder / "mosquitto.db")
        again = subprocess.Popen(
            [find_mosquitto() or "mosquitto", "-c", str(second.folder / "mosquitto.conf")]
        )
        try:
            assert wait_until(lambda: answers(second.host, second.port), seconds=20)
            device = Client(second, "nmr01", USERS["nmr01"]).subscribe("iap/1/d/nmr01/dn/#")
            assert device.next() == ("iap/1/d/nmr01/dn/desired", b"41")
            device.close()
        finally:
            again.terminate()
            again.wait()


def test_our_hash_is_the_one_mosquitto_writes_itself(tmp_path: Path) -> None:
    file = tmp_path / "theirs"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "nmr01", USERS["nmr01"]], check=True)
    theirs = file.read_text().strip().partition(":")[2]
    assert check_password(USERS["nmr01"], theirs)
    assert not check_password(USERS["sem02"], theirs)
    assert len(hash_password("x")) == len(theirs)


@pytest.mark.parametrize(
    "line", ["", "plain", "$6$abc$def", "$7$x$AA==$AA==", "$7$101$*$AA==", "$7$101$AA=="]
)
def test_a_line_of_another_format_matches_no_password(line: str) -> None:
    assert not check_password("anything", line)


def test_writing_again_keeps_users_and_unchanged_hashes_and_is_private(tmp_path: Path) -> None:
    write_broker_files(tmp_path, 1883, {"nmr01": "p" * 16})
    before = (tmp_path / "passwords").read_text()
    write_broker_files(tmp_path, 1884, {"nmr01": "p" * 16, "gateway-1": "q" * 16})
    after = (tmp_path / "passwords").read_text()
    assert before.strip() in after.splitlines()
    assert "listener 1884 127.0.0.1" in (tmp_path / "mosquitto.conf").read_text()
    assert "user gateway-1" in (tmp_path / "acl").read_text()
    modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir() if path.name != ".lock"}
    assert modes == dict.fromkeys(modes, 0), "passwords and rights are for their owner only"


@pytest.mark.parametrize(
    "name", ["a", "NMR01", "nmr 01", "nmr01\nroot", "-gateway", "gw_1", "n" * 27, "../x", "+", ""]
)
def test_a_name_that_would_change_the_meaning_of_the_files_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BrokerError) as refused:
        set_password(tmp_path, name, "p" * 16)
    assert refused.value.code == "broker.name"


def test_a_short_password_and_a_folder_with_a_line_break_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokerError) as refused:
        set_password(tmp_path, "nmr01", "short")
    assert refused.value.code == "broker.password"
    with pytest.raises(BrokerError) as refused:
        write_broker_files(tmp_path / "my\nfolder", 1883, {})
    assert refused.value.code == "broker.folder"


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0\nallow_anonymous true", "a b", "-x", "host\n", "a\0b", "h" * 300, "::1"]
)
def test_a_host_that_would_add_settings_is_refused_and_writes_nothing(tmp_path: Path, host: str) -> None:
    with pytest.raises(BrokerError) as refused:
        write_broker_files(tmp_path / "broker", 1883, {}, host=host)
    assert refused.value.code == "broker.host"
    assert not (tmp_path / "broker").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.7", "broker-1.lab.example"])
def test_a_name_or_an_address_is_a_host(tmp_path: Path, host: str) -> None:
    config = write_broker_files(tmp_path, 1883, {}, host=host)
    assert f"listener 1883 {host}\n" in config.read_text()


def test_no_user_is_removed_where_there_is_no_broker(tmp_path: Path) -> None:
    with pytest.raises(BrokerError) as refused:
        remove_user(tmp_path / "nowhere", "nmr01")
    assert refused.value.code == "broker.folder"
    assert not (tmp_path / "nowhere").exists()


def test_a_pid_file_that_names_a_stranger_is_not_signalled(tmp_path: Path) -> None:
    write_broker_files(tmp_path, 1883, {})
    stranger = subprocess.Popen(["sleep", "30"])
    try:
        (tmp_path / "mosquitto.pid").write_text(f"{stranger.pid}\n")
        assert running_pid(tmp_path) is None
        assert reload_broker(tmp_path) is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
