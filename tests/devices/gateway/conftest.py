"""A real gateway between a real mosquitto and the test database, in a thread of this process, so that a test
sees both ends."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from devices.address import broker_address
from devices.broker import new_password
from devices.gateway import Gateway
from scripts.broker import RunningBroker, throwaway_mosquitto
from scripts.processes import wait_until

GATEWAY_PASSWORD = new_password()


@dataclass
class RunningGateway:
    """The gateway under test and its thread."""

    gateway: Gateway
    thread: threading.Thread
    ready_file: Path

    def stop(self) -> None:
        """An orderly end, waited for."""
        self.gateway.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture(scope="module")
def mosquitto() -> Iterator[RunningBroker]:
    """One broker for all tests of a file."""
    with throwaway_mosquitto({"gateway-1": GATEWAY_PASSWORD}) as broker:
        yield broker


@pytest.fixture
def broker(mosquitto: RunningBroker, settings: Any) -> RunningBroker:
    """The broker, where enrolment writes its users."""
    settings.BROKER_DIR = str(mosquitto.folder)
    settings.MQTT_URL = mosquitto.url("gateway-1", GATEWAY_PASSWORD)
    return mosquitto


@pytest.fixture
def start_gateway(
    transactional_db: None, broker: RunningBroker, tmp_path: Path
) -> Iterator[Callable[[], RunningGateway]]:
    """Starts a gateway and waits until it is of use; what still runs at the end is stopped."""
    started: list[RunningGateway] = []

    def start() -> RunningGateway:
        ready = tmp_path / "gateway.ready"
        gateway = Gateway(address=broker_address(django_settings.MQTT_URL), ready_file=ready)
        thread = threading.Thread(target=gateway.run, daemon=True)
        thread.start()
        running = RunningGateway(gateway, thread, ready)
        started.append(running)
        assert wait_until(ready.exists, seconds=20)
        return running

    yield start
    for running in started:
        running.stop()
