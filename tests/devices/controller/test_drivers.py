"""Drivers: the simulator's watchdog and trace, its control socket, and the pins of a small computer."""

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from devices.controller.__main__ import main
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


def test_a_stall_is_noticed_before_a_relay_is_switched(tmp_path: Path) -> None:
    driver = simulated(tmp_path, watchdog_ms=100)
    driver.switch(1, on=True, why="session", at=monotonic_ms())
    stalled_since = monotonic_ms() - 5_000
    with (tmp_path / "alive").open("r+b") as file:
        file.write(ALIVE.pack(stalled_since, 0))
    driver.switch(1, on=False, why="swipe_out", at=monotonic_ms())
    assert driver.poll(0.0) == [WatchdogFired(node=1, at=stalled_since + 100)]
    driver.close()
    assert trace(tmp_path) == [(True, "session"), (False, "watchdog")]
    off = json.loads((tmp_path / "trace.jsonl").read_text().splitlines()[-1])
    assert off["mono_ms"] == stalled_since + 100


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


class Board:
    """A board whose clock is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000
        library = ModuleType("gpiozero")
        library.OutputDevice = library.DigitalInputDevice = Pin  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "gpiozero", library)
        monkeypatch.setattr("devices.controller.drivers.gpio.monotonic_ms", lambda: self.now)

    def driver(self, folder: Path, **options: Any) -> Driver:
        driver = load_driver("gpio", nodes=(1,), state_dir=folder, options=options)
        driver.open()
        return driver


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    return Board(monkeypatch)


def test_the_pins_follow_and_are_followed(tmp_path: Path, board: Board) -> None:
    reader = tmp_path / "reader"
    os.mkfifo(reader)
    keyboard = os.open(reader, os.O_RDWR)
    pins = {"1": {"relay": 17, "busy": 27, "key": 22, "feedback": 23, "tamper": 24}}
    driver = board.driver(tmp_path, pins=pins, reader=str(reader), alive_pin=5)
    assert driver.poll(0.0) == []
    Pin.made[27].is_active = Pin.made[24].is_active = True
    assert driver.poll(0.0) == [LoadChanged(node=1, busy=True), Alarm(node=1, kind="tamper")]
    driver.switch(1, on=True, why="session", at=0)
    assert driver.poll(0.0) == []
    Pin.made[23].is_active = True
    assert driver.poll(0.0) == []
    assert driver.self_test()
    os.write(keyboard, b"04A1B2C3\n04A1B2C3\n")
    assert driver.poll(1.0) == [CardRead(node=1, uid="04A1B2C3")]
    driver.wake()
    driver.poll(5.0)
    driver.close()
    os.close(keyboard)
    assert Pin.made[17].value == 0


def test_feedback_is_a_weld_only_once_it_has_disagreed_for_long(tmp_path: Path, board: Board) -> None:
    driver = board.driver(tmp_path, pins={"1": {"relay": 17, "feedback": 23}}, alive_pin=5)
    for stuck in (True, False):
        Pin.made[23].is_active = stuck
        assert driver.poll(0.0) == []
        board.now += 199
        assert driver.poll(0.0) == []
        # It agrees for a moment: the time begins anew.
        Pin.made[23].is_active = not stuck
        assert driver.poll(0.0) == []
        Pin.made[23].is_active = stuck
        assert driver.poll(0.0) == []
        board.now += 199
        assert driver.poll(0.0) == []
        board.now += 1
        assert driver.poll(0.0) == [Welded(node=1, stuck=stuck)]
        assert driver.poll(0.0) == []
    driver.close()


def test_the_alive_pin_changes_level_at_every_look_and_at_nothing_else(tmp_path: Path, board: Board) -> None:
    driver = board.driver(tmp_path, pins={"1": {"relay": 17}}, alive_pin=5)
    levels = [Pin.made[5].value]
    for _ in range(4):
        driver.switch(1, on=True, why="session", at=0)
        driver.show(1, code="wait", zh="", en="")
        levels.append(Pin.made[5].value)
        driver.poll(0.0)
    assert levels == [0, 0, 1, 0, 1]
    driver.close()


def test_the_watchdog_device_is_fed_and_let_go_on_purpose_only(tmp_path: Path, board: Board) -> None:
    device = tmp_path / "watchdog"
    device.touch()
    driver = board.driver(tmp_path, pins={"1": {"relay": 17}}, watchdog_device=str(device))
    driver.switch(1, on=True, why="session", at=0)
    assert device.read_bytes() == b""
    driver.poll(0.0)
    driver.poll(0.0)
    assert device.read_bytes() == b"11"
    driver.close()
    assert (device.read_bytes(), Pin.made[17].value) == (b"11V", 0)


@pytest.mark.parametrize("first", ["poll", "switch"])
def test_relays_that_fell_in_a_stall_do_not_come_back_by_themselves(
    tmp_path: Path, board: Board, first: str
) -> None:
    driver = board.driver(tmp_path, pins={"1": {"relay": 17}}, alive_pin=5)
    driver.poll(0.0)
    driver.switch(1, on=True, why="session", at=board.now)
    board.now += 2_000
    assert driver.poll(0.0) == []
    board.now += 2_001
    if first == "switch":
        driver.switch(1, on=False, why="swipe_out", at=board.now)
    assert driver.poll(0.0) == [WatchdogFired(node=1, at=5_000)]
    assert Pin.made[17].value == 0
    assert driver.poll(0.0) == []
    driver.close()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"pins": {"1": {"relay": 17}}}, "alive_pin"),
        ({"pins": {"1": {"relay": 17}}, "watchdog_device": ""}, "watchdog_device"),
        ({"pins": {"1": {"busy": 17}}, "alive_pin": 5}, "node 1"),
        ({"alive_pin": 5}, "node 1"),
    ],
)
def test_pins_without_proof_of_life_or_relay_are_refused_in_words(
    options: dict[str, Any], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**CONFIG, "driver": "gpio", "driver_options": options}))
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(config)])
    assert ended.value.code == 2
    assert named in capsys.readouterr().err


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
    options = {"pins": {"1": {"relay": 17, "key": 22}}, "alive_pin": 5}
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
    (tmp_path / "watchdog").touch()
    for name in ("gpio", "simulated"):
        options = {"watchdog_device": str(tmp_path / "watchdog")}
        driver = load_driver(name, nodes=(), state_dir=tmp_path, options=options)
        for _ in range(70_000):
            driver.wake()
        driver.open()
        driver.close()


def test_an_enrolment_file_is_enough(tmp_path: Path) -> None:
    config = check_config(CONFIG, folder=tmp_path)
    assert (config.nodes, config.driver, config.state_dir) == ((1,), "simulated", tmp_path / "state")
    assert "A" * 43 not in repr(config).replace(repr(config.server_keys), "")
    assert check_config({**CONFIG, "periods": {"lease_ms": 900}}, folder=tmp_path).base.lease_ms == 900


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"dev": "A+"}, "dev"),
    ({"kid": "K 1"}, "kid"),
    ({"private_key": "short"}, "private_key"),
    ({"private_key": None}, "private_key"),
    ({"server_keys": {}}, "server_keys"),
    ({"server_keys": {"s1": "AAAA"}}, "server_keys"),
    ({"server_keys": {"s1": "*"}}, "server_keys"),
    ({"server_keys": {"S 1": "A" * 43}}, "server_keys"),
    ({"server_keys": ["A" * 43]}, "server_keys"),
    ({"nodes": []}, "nodes"),
    ({"nodes": [{"node": 0}]}, "nodes"),
    ({"nodes": [{"node": 65}]}, "nodes"),
    ({"nodes": [{"node": True}]}, "nodes"),
    ({"nodes": [{"node": 1}, {"node": 1}]}, "nodes"),
    ({"nodes": 5}, "nodes"),
    ({"mqtt": {}}, "mqtt.host"),
    ({"mqtt": "short"}, "mqtt"),
    ({"mqtt": {"host": "h", "port": 0, "username": "u", "password": "p"}}, "mqtt.port"),
    ({"driver": "magic"}, "driver"),
    ({"driver_options": 5}, "driver_options"),
    ({"periods": {"lunch_ms": 5}}, "periods"),
    ({"periods": {"lease_ms": 1}}, "periods"),
    ({"card_key": "*"}, "card_key"),
    ({"card_key": "AAAA"}, "card_key"),
    ({"card_key": "hex:0123"}, "card_key"),
    ({"card_key": 5}, "card_key"),
]


@pytest.mark.parametrize(("change", "member"), WRONG)
def test_a_wrong_enrolment_file_is_refused_by_its_member_without_its_secrets(
    change: dict[str, Any], member: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=rf"member {member}\b") as caught:
        check_config({**CONFIG, **change}, folder=tmp_path)
    assert "short" not in str(caught.value).replace("is shorter", "")
    assert "AAAA" not in str(caught.value)


@pytest.mark.parametrize("told", [None, [], "x", 5])
def test_an_enrolment_file_that_is_no_object_is_refused(told: object, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        check_config(told, folder=tmp_path)
