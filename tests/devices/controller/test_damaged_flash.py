"""Damaged flash: versions and numbers may be lost, so the controller stays locked until it has a new name."""

import json
from pathlib import Path
from typing import Any

import pytest

from devices.controller.clear import main
from devices.controller.flash import FileFlash
from devices.controller.runner import Runner
from devices.controller.settings import check_config
from devices.protocol import Cmd, new_ulid
from tests.devices.controller.rig import Rig
from tests.devices.controller.test_drivers import CONFIG


def test_a_controller_with_damaged_flash_is_locked_in_fault_and_says_so() -> None:
    rig = Rig(flash={"bootn": 4, "ver": 3}, damaged=True)
    assert (rig.st, rig.lit) == ("fault", False)
    assert rig.shown() == ["fault"]
    assert rig.sent("state")[-1]["st"] == "fault"
    assert (rig.sent("hb")[-1]["st"], rig.sent("hb")[-1]["in"]["flash"]) == ("fault", 1)


def test_nothing_switches_a_damaged_controller_on() -> None:
    rig = Rig(damaged=True)
    rig.wait(31_000)
    assert rig.swipe() == {}
    rig.do(rig.machine.key_turned(rig.now, node=1, on=True))
    rig.do(rig.machine.welded(rig.now, node=1, stuck=True))
    rig.do(rig.machine.welded(rig.now, node=1, stuck=False))
    rig.send(Cmd(id=new_ulid(), exp=rig.wall + 10_000, k="ask", kind="remote"))
    assert rig.sent("ack")[-1]["code"] == "cmd.busy"
    assert (rig.st, rig.lit) == ("fault", False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration of `dev0`, whose flash has lost a record in the middle."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    flash = FileFlash(tmp_path / "state" / "flash.log")
    flash.load()
    for patch in ({"bootn": 1, "dev": "dev0"}, {"ver": 8}, {"bootn": 2, "dev": "dev0"}):
        flash.write(patch)
    flash.close()
    damage(tmp_path, b'"ver":8', b'"ver":1')
    return path


def damage(folder: Path, before: bytes, after: bytes) -> None:
    log = folder / "state" / "flash.log"
    log.write_bytes(log.read_bytes().replace(before, after))


def renamed(config: Path, **changes: Any) -> str:
    config.write_text(json.dumps({**CONFIG, **changes}))
    return str(config)


def test_the_program_says_what_to_do_and_starts_locked(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runner = Runner(check_config(CONFIG, folder=config.parent))
    assert "devices.controller.clear" in caplog.text
    assert runner.locked_for_good


def test_a_name_whose_numbers_are_lost_is_never_cleared(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (config.parent / "state" / "flash.log").read_bytes()
    assert main(["--config", str(config)]) == 1
    assert "another name than dev0" in capsys.readouterr().err
    assert (config.parent / "state" / "flash.log").read_bytes() == before


def test_a_new_name_begins_with_empty_flash_and_keeps_the_damaged_log(config: Path) -> None:
    before = (config.parent / "state" / "flash.log").read_bytes()
    assert main(["--config", renamed(config, dev="dev1")]) == 0
    assert (config.parent / "state" / "flash.damaged-1").read_bytes() == before
    assert not (config.parent / "state" / "flash.log").exists()
    assert main(["--config", str(config)]) == 0
    assert (config.parent / "state" / "flash.log").read_bytes() == b""


def test_a_log_that_does_not_say_whose_it_was_is_left_to_a_hand(config: Path) -> None:
    damage(config.parent, b'"dev":"dev0"', b'"dev":"devX"')
    flash = FileFlash(config.parent / "state" / "flash.log")
    flash.load()
    flash.write({"ver": 9})
    flash.close()
    assert main(["--config", renamed(config, dev="dev1")]) == 1


def test_flash_in_use_is_not_cleared(config: Path) -> None:
    flash = FileFlash(config.parent / "state" / "flash.log")
    flash.load()
    assert main(["--config", renamed(config, dev="dev1")]) == 1
    flash.close()


def test_a_wrong_configuration_clears_nothing(config: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--config", renamed(config, dev="A+")])
    assert ended.value.code == 2
