"""L2 of the fault plan: real processes killed at named points, each time with a node under power; afterwards
the relay's own trace and the database tell the same story, to the second."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.usage.models import UsageSession
from scripts.broker import throwaway_mosquitto
from tests.devices.faults.stage import GATEWAY_PASSWORD, Stage, judge

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
SEED = 20261123


@pytest.fixture
def stage(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[Stage]:
    """Broker, rows and files; the processes are started by each story."""
    with throwaway_mosquitto({"gateway-1": GATEWAY_PASSWORD}) as broker:
        settings.BROKER_DIR = str(broker.folder)
        settings.MQTT_URL = broker.url("gateway-1", GATEWAY_PASSWORD)
        made = Stage(tmp_path, broker)
        try:
            yield made
        finally:
            made.close()


def work_a_while(name: str) -> None:
    """A seeded time under power."""
    time.sleep(random.Random(f"{SEED}:{name}").uniform(0.4, 1.5))  # noqa: S311 - reproducible, not secret


def _gateway_dies_after_the_commit(stage: Stage) -> None:
    """The power-off is committed; neither the broker nor the device hears that it was."""
    gateway = stage.start_gateway("after_commit:1")
    stage.start_controller()
    stage.swipe_in()
    work_a_while("after_commit")
    stage.when.touch()
    stage.swipe_out()
    assert gateway.wait(20) == -signal.SIGKILL
    stage.start_gateway()


def _gateway_dies_in_the_middle_of_publishing(stage: Stage) -> None:
    """A heartbeat's answer is half on its way; the use goes on by its lease."""
    gateway = stage.start_gateway("mid_publish:1")
    stage.start_controller()
    stage.swipe_in()
    stage.when.touch()
    assert gateway.wait(20) == -signal.SIGKILL
    work_a_while("mid_publish")
    stage.start_gateway()
    stage.swipe_out()


def _controller_dies_in_the_middle_of_a_flash_record(stage: Stage) -> None:
    """The odometer's record is torn; the one before it counts."""
    stage.start_gateway()
    controller = stage.start_controller("mid_flash")
    stage.swipe_in()
    work_a_while("mid_flash")
    stage.when.touch()
    assert controller.wait(20) == -signal.SIGKILL
    stage.when.unlink()
    stage.start_controller()


def _controller_dies_between_journal_and_sending(stage: Stage) -> None:
    """Power is off and journalled, and nobody was told yet."""
    stage.start_gateway()
    controller = stage.start_controller("mid_journal")
    stage.swipe_in()
    work_a_while("mid_journal")
    stage.when.touch()
    stage.swipe()
    assert controller.wait(20) == -signal.SIGKILL
    stage.when.unlink()
    stage.start_controller()


def _broker_is_killed(stage: Stage) -> None:
    """The broker dies without a word and comes back empty."""
    stage.start_gateway()
    stage.start_controller()
    stage.swipe_in()
    work_a_while("broker")
    stage.restart_broker()
    work_a_while("broker again")
    stage.swipe_out()


def _controller_is_killed_under_power(stage: Stage) -> None:
    """kill -9, as a power loss: the relay falls with the program."""
    stage.start_gateway()
    controller = stage.start_controller()
    stage.swipe_in()
    work_a_while("controller")
    os.killpg(controller.pid, signal.SIGKILL)
    assert controller.wait(20) == -signal.SIGKILL
    stage.start_controller()


KILLS: dict[str, Callable[[Stage], None]] = {
    "after_commit": _gateway_dies_after_the_commit,
    "mid_publish": _gateway_dies_in_the_middle_of_publishing,
    "mid_flash": _controller_dies_in_the_middle_of_a_flash_record,
    "mid_journal": _controller_dies_between_journal_and_sending,
    "broker": _broker_is_killed,
    "controller": _controller_is_killed_under_power,
}


@pytest.mark.parametrize("name", KILLS)
def test_trace_and_rows_agree_after_a_kill(name: str, stage: Stage) -> None:
    KILLS[name](stage)
    stage.until(lambda: not stage.lit(), "the relay is off")
    stage.settled()
    assert len(stage.intervals()) == 1
    assert judge(stage) == []
    _tampering_is_seen(stage)


def _tampering_is_seen(stage: Stage) -> None:
    """An oracle that cannot see half a second too much would have said nothing above."""
    session = UsageSession.objects.get()
    UsageSession.objects.filter(pk=session.pk).update(odo1=(session.odo1 or 0) + 500)
    assert judge(stage) != []
