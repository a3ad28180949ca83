"""Drivers: the simulator's watchdog and trace, its control socket, and the pins of a small computer."""

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from devices.controller.drivers import (
    Alarm,
    CardRead,
    Driver,
    KeyTurned,
    LoadChanged,
    WatchdogFired,
    Welded,
    load_driver,
)
from devices.controller.drivers.simulated import ALIVE, monotonic_ms, read_control, send_control
from devices.controller.settings import ConfigurationError, check_config

CONFIG: dict[str, Any] = {
    "dev": "dev0",
    "kid": "k1",
    "private_key": "A" * 43,
    "server_keys": {"s1": "A" * 43},
    "mqtt": {"host": "localhost", "port": 1883, "username": "dev0", "password": "p"},
    "nodes": [{"node": 1, "instrument": "20231234"}],
    "card_key": "A" * 43,
}


def simulated(folder: Path, **options: Any) -> Driver:
    driver = load_driver("simulated", nodes=(1,), state_dir=folder, options=options)
    driver.open()
    return driver


def trace(folder: Path) -> list[tuple[bool, str]]:
    lines = (folder / "trace.jsonl").read_text().splitlines()
    return [(entry["on"], entry["why"]) for entry in map(json.loads, lines)]


def test_the_simulators_relay_writes_only_what_changed(tmp_path: Path) -> None:
    driver = simulated(tmp_path)
    driver.switch(1, on=False, why="boot", at=monotonic_ms())
    driver.switch(1, on=True, why="session", at=monotonic_ms())
    driver.switch(1, on=True, why="session", at=monotonic_ms())
    driver.close()
    assert trace(tmp_path) == [(True, "session"), (False, "close")]


def test_a_card_and_the_sensors_arrive_through_the_socket(tmp_path: Path) -> None:
    driver = simulated(tmp_path)
    send_control(tmp_path, {"swipe": "04A1B2C3", "busy": True})
    assert driver.poll(1.0) == [CardRead(node=1, uid="04A1B2C3"), LoadChanged(node=1, busy=True)]
    send_control(tmp_path, {"key": True, "tamper": "forced", "weld": False, "node": 2})
    told = driver.poll(1.0)
    assert told == [KeyTurned(node=2, on=True), Welded(node=2, stuck=False), Alarm(node=2, kind="forced")]
    driver.wake()
    assert driver.poll(5.0) == []
    assert driver.self_test()
    driver.close()
    with pytest.raises(OSError, match="No such file"):
        send_control(tmp_path, {"swipe": "04A1B2C3"})


def test_nonsense_on_the_socket_is_ignored(tmp_path: Path) -> None:
    driver = simulated(tmp_path)
    send_control(tmp_path, {"node": "x", "swipe": "04"})
    send_control(tmp_path, {"nothing": 1})
    assert driver.poll(0.2) == driver.poll(0.2) == []
    driver.close()
    assert read_control({"tamper": True}) == [Alarm(node=1, kind="tamper")]


def test_a_stalled_program_loses_its_relay(tmp_path: Path) -> None:
    driver = simulated(tmp_path, watchdog_ms=100)
    driver.switch(1, on=True, why="session", at=monotonic_ms())
    stalled_since = monotonic_ms() - 5_000
    with (tmp_path / "alive").open("r+b") as file:
        file.write(ALIVE.pack(stalled_since, 0))
    assert driver.poll(0.0) == [WatchdogFired(node=1, at=stalled_since + 100)]
    driver.close()
    assert trace(tmp_path) == [(True, "session"), (False, "watchdog")]


def test_the_next_start_writes_off_what_a_kill_left_on(tmp_path: Path) -> None:
    line = {"mono_ms": 5, "wall_ms": 5, "node": 1, "on": True, "why": "session"}
    (tmp_path / "trace.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "alive").write_bytes(ALIVE.pack(77, 88))
    simulated(tmp_path).close()
    last = json.loads((tmp_path / "trace.jsonl").read_text().splitlines()[-1])
    assert (last["on"], last["mono_ms"], last["wall_ms"], last["why"]) == (False, 77, 88, "power_loss")


class Pin:
    """A pin that remembers; stands where the board's library stands."""

    made: dict[int, "Pin"] = {}

    def __init__(self, number: int, **_options: Any) -> None:
        self.value = 0
        self.is_active = False
        Pin.made[number] = self

    def on(self) -> None:
        self.value = 1

    def off(self) -> None:
        self.value = 0

    def close(self) -> None:
        self.off()


def test_the_pins_follow_and_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = ModuleType("gpiozero")
    board.OutputDevice = board.DigitalInputDevice = Pin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gpiozero", board)
    reader = tmp_path / "reader"
    os.mkfifo(reader)
    keyboard = os.open(reader, os.O_RDWR)
    pins = {"1": {"relay": 17, "busy": 27, "key": 22, "feedback": 23, "tamper": 24}}
    options = {"pins": pins, "reader": str(reader)}
    driver = load_driver("gpio", nodes=(1,), state_dir=tmp_path, options=options)
    driver.open()
    assert driver.poll(0.0) == []
    Pin.made[27].is_active = Pin.made[24].is_active = True
    assert driver.poll(0.0) == [LoadChanged(node=1, busy=True), Alarm(node=1, kind="tamper")]
    driver.switch(1, on=True, why="session", at=0)
    assert driver.poll(0.0) == [Welded(node=1, stuck=True)]
    Pin.made[23].is_active = True
    assert driver.poll(0.0) == [Welded(node=1, stuck=False)]
    assert driver.self_test()
    os.write(keyboard, b"04A1B2C3\n04A1B2C3\n")
    assert driver.poll(1.0) == [CardRead(node=1, uid="04A1B2C3")]
    driver.wake()
    driver.poll(5.0)
    driver.close()
    os.close(keyboard)
    assert Pin.made[17].value == 0


def test_a_key_left_on_over_a_power_loss_switches_nothing_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TurnedPin(Pin):
        def __init__(self, number: int, **options: Any) -> None:
            super().__init__(number, **options)
            self.is_active = True

    board = ModuleType("gpiozero")
    board.OutputDevice, board.DigitalInputDevice = Pin, TurnedPin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gpiozero", board)
    options = {"pins": {"1": {"relay": 17, "key": 22}}}
    driver = load_driver("gpio", nodes=(1,), state_dir=tmp_path, options=options)
    driver.open()
    assert driver.poll(0.0) == []
    Pin.made[22].is_active = False
    assert driver.poll(0.0) == [KeyTurned(node=1, on=False)]
    Pin.made[22].is_active = True
    assert driver.poll(0.0) == [KeyTurned(node=1, on=True)]
    driver.close()


def test_waking_a_driver_that_does_not_look_never_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", ModuleType("gpiozero"))
    for name in ("gpio", "simulated"):
        driver = load_driver(name, nodes=(), state_dir=tmp_path, options={"pins": {}})
        for _ in range(70_000):
            driver.wake()
        driver.open()
        driver.close()


def test_an_enrolment_file_is_enough(tmp_path: Path) -> None:
    config = check_config(CONFIG, folder=tmp_path)
    assert (config.nodes, config.driver, config.state_dir) == ((1,), "simulated", tmp_path / "state")
    assert "A" * 43 not in repr(config).replace(repr(config.server_keys), "")
    assert check_config({**CONFIG, "periods": {"lease_ms": 900}}, folder=tmp_path).base.lease_ms == 900


@pytest.mark.parametrize(
    "change",
    [
        {"dev": "A+"},
        {"private_key": "short"},
        {"server_keys": {}},
        {"server_keys": {"s1": "AAAA"}},
        {"nodes": []},
        {"mqtt": {}},
        {"periods": {"lunch_ms": 5}},
        {"periods": {"lease_ms": 1}},
        {"card_key": "*"},
    ],
)
def test_a_wrong_enrolment_file_is_refused_without_its_secrets(
    change: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_config({**CONFIG, **change}, folder=tmp_path)
    assert "short" not in str(caught.value)
