"""The network client when something goes wrong around it, and what a flood may do to a controller."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.controller.runner import MOST_WAITING, Runner
from devices.controller.settings import check_config
from devices.mqtt import LastWill, MqttClient, MqttSettings
from devices.protocol import HOST_TOPIC
from tests.devices.controller.test_drivers import CONFIG

PATIENCE_S = 15.0


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A mosquitto for this test alone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(f"listener {number} 127.0.0.1\nallow_anonymous true\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    broker = subprocess.Popen(
        [program, "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield number
    broker.terminate()
    broker.wait()


def settings(port: int) -> MqttSettings:
    return MqttSettings(host="127.0.0.1", port=port, client_id="dev0", backoff_min_s=0.05)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_network_thread_that_died_is_noticed_and_a_new_connection_made(port: int) -> None:
    calls: list[bool] = []
    lost: list[bool] = []

    def ready(session_present: bool) -> None:  # noqa: FBT001 - the client's callback
        calls.append(session_present)
        if len(calls) == 1:
            raise OSError("no space left on device")

    client = MqttClient(
        settings(port),
        subscriptions=[("t/#", 1)],
        on_message=lambda *_: None,
        on_ready=ready,
        on_lost=lambda: lost.append(True),
    )
    client.start()
    try:
        eventually(lambda: len(calls) == 2 and client.connected)
        assert lost == [True]
    finally:
        client.stop()


def test_a_will_that_cannot_be_made_once_does_not_end_the_client(port: int) -> None:
    asked: list[bool] = []

    def will() -> LastWill | None:
        asked.append(True)
        if len(asked) == 1:
            raise ValueError("the signing key is not there yet")
        return None

    client = MqttClient(settings(port), subscriptions=[], on_message=lambda *_: None, will=will)
    client.start()
    try:
        assert client.wait_connected(PATIENCE_S)
    finally:
        client.stop()


def test_a_peer_that_never_confirms_is_left(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE_S)
        patient = MqttSettings(
            host="127.0.0.1",
            port=silent.getsockname()[1],
            client_id="dev0",
            backoff_min_s=0.05,
            connect_timeout_s=0.2,
            keepalive_s=3600,
        )
        client = MqttClient(patient, subscriptions=[], on_message=lambda *_: None)
        client.start()
        try:
            silent.accept()[0].close()
            second = silent.accept()[0]
            third = silent.accept()[0]
            second.close()
            third.close()
        finally:
            client.stop()


def test_a_flood_fills_a_bounded_queue_only(tmp_path: Path) -> None:
    runner = Runner(check_config(CONFIG, folder=tmp_path))
    for _ in range(MOST_WAITING + 500):
        runner.overhear("iap/1/d/dev0/dn/hback", b"1 s1 x\n{}", boot="0" * 16)
    assert runner.waiting <= MOST_WAITING
    runner.overhear(HOST_TOPIC, b"", boot="0" * 16)
    assert runner.waiting <= MOST_WAITING
