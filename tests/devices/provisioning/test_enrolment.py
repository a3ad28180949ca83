"""A controller is handed its identity once; rotating and disabling end what the old one could do."""

import json
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.core.errors import Invalid, NotFound, WrongState
from apps.core.models import AuditEntry, Fact
from devices.broker import check_password
from devices.controller.settings import check_config
from devices.ingest import Ingest
from devices.models import Controller, DeviceCommand
from devices.protocol import Ed25519Signer, b64url_decode, b64url_encode
from devices.provisioning import disable_controller, enrol_controller, rotate_key
from tests.devices.enrolled import Wire, make_instrument

pytestmark = pytest.mark.django_db
ASSET = "20260001"


@pytest.fixture(autouse=True)
def broker_dir(tmp_path: Path, settings: Any, now: datetime) -> Path:
    """A local broker's folder, and an instrument to enrol for."""
    settings.BROKER_DIR = str(tmp_path)
    settings.MQTT_URL = "mqtt://gateway-1:secret-of-the-gateway@broker.example:1884"
    make_instrument(now=now, asset_no=ASSET)
    return tmp_path


def _broker_users(folder: Path) -> dict[str, str]:
    lines = (folder / "passwords").read_text().splitlines()
    return dict(line.split(":", 1) for line in lines)


def _run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("enrol_controller", *arguments, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_the_command_prints_exactly_what_a_controller_needs(broker_dir: Path) -> None:
    told = _run("fesem1", "--instrument", ASSET)
    assert list(told) == ["dev", "kid", "private_key", "server_keys", "mqtt", "nodes", "card_key"]
    assert told["dev"] == "fesem1"
    assert told["nodes"] == [{"node": 1, "instrument": ASSET}]
    assert set(told["mqtt"]) == {"host", "port", "username", "password"}
    assert (told["mqtt"]["host"], told["mqtt"]["port"]) == ("broker.example", 1884)
    assert told["mqtt"]["username"] == "fesem1"
    assert check_config(told, folder=broker_dir).dev == "fesem1"


def test_only_the_public_key_and_a_password_hash_are_kept(broker_dir: Path) -> None:
    told = _run("fesem1", "--instrument", ASSET)
    row = Controller.objects.get()
    seed = b64url_decode(told["private_key"])
    assert row.public_key == b64url_encode(Ed25519Signer(kid=told["kid"], seed=seed).public)
    kept = json.dumps(
        [list(model.objects.values()) for model in (Controller, AuditEntry, Fact)], default=str
    ) + "".join(path.read_text() for path in broker_dir.iterdir() if path.is_file())
    assert told["private_key"] not in kept
    assert told["mqtt"]["password"] not in kept
    assert check_password(told["mqtt"]["password"], _broker_users(broker_dir)["fesem1"])


def test_an_enrolment_shows_no_secret_by_accident(now: datetime) -> None:
    enrolment = enrol_controller(dev="fesem1", asset_no=ASSET, now=now)
    assert enrolment.private_key not in repr(enrolment)
    assert str(enrolment.mqtt["password"]) not in repr(enrolment)


@pytest.mark.parametrize(
    "dev", ["abc", "FESEM1", "fe-sem1", "a" * 27, "fesem1\n", "fe/sem", "+", "#", "设备一号"]
)
def test_a_name_that_is_no_device_id_is_refused(dev: str, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        enrol_controller(dev=dev, asset_no=ASSET, now=now)
    assert (refused.value.code, refused.value.field) == ("devices.name", "dev")


def test_an_unknown_instrument_is_refused(now: datetime) -> None:
    with pytest.raises(NotFound) as refused:
        enrol_controller(dev="fesem1", asset_no="nothing", now=now)
    assert refused.value.code == "devices.instrument_unknown"


@pytest.mark.parametrize("node", [0, 65, -1])
def test_a_node_number_out_of_range_is_refused(node: int, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        enrol_controller(dev="fesem1", asset_no=ASSET, node=node, now=now)
    assert refused.value.code == "devices.node"


def test_a_period_that_the_codec_does_not_know_is_refused(now: datetime) -> None:
    for periods in ({"nap_ms": 5}, {"lease_ms": 1}):
        with pytest.raises(Invalid) as refused:
            enrol_controller(dev="fesem1", asset_no=ASSET, now=now, periods=periods)
        assert refused.value.code == "devices.period"
    assert not Controller.objects.exists()


def test_nobody_is_enrolled_twice(now: datetime, broker_dir: Path) -> None:
    enrol_controller(dev="fesem1", asset_no=ASSET, now=now)
    before = _broker_users(broker_dir)
    with pytest.raises(WrongState) as refused:
        enrol_controller(dev="fesem1", asset_no=ASSET, now=now)
    assert refused.value.code == "devices.already_enrolled"
    assert _broker_users(broker_dir) == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["x", "--instrument", ASSET], "devices.name"),
        (["fesem9", "--instrument", "nothing"], "devices.instrument_unknown"),
        (["fesem1", "--instrument", ASSET], "devices.already_enrolled"),
        (["fesem9", "--instrument", ASSET, "--rotate"], "devices.unknown"),
    ],
)
def test_the_command_refuses_with_a_code_and_exit_2(arguments: list[str], code: str, now: datetime) -> None:
    enrol_controller(dev="fesem1", asset_no=ASSET, now=now)
    with pytest.raises(CommandError, match=code) as refused:
        call_command("enrol_controller", *arguments)
    assert refused.value.returncode == 2


def test_a_rotated_key_ends_the_old_one_at_once_and_the_new_one_begins_afresh(
    now: datetime, broker_dir: Path
) -> None:
    old = Wire(enrol_controller(dev="fesem1", asset_no=ASSET, now=now), bootn=9)
    door = Ingest()
    door.handle(*old.sign(old.birth()), now)
    old_password = str(old.enrolment.mqtt["password"])
    new = Wire(rotate_key(dev="fesem1", now=now), bootn=1)
    assert door.handle(*old.sign(old.birth(conn=2)), now).refused == "frame.key_unknown"
    assert door.handle(*new.sign(new.birth()), now).refused is None
    assert (new.row.boot, new.row.bootn) == (new.boot, 1)
    assert not check_password(old_password, _broker_users(broker_dir)["fesem1"])
    assert check_password(str(new.enrolment.mqtt["password"]), _broker_users(broker_dir)["fesem1"])


def test_rotating_may_add_a_node_but_never_move_one(now: datetime) -> None:
    make_instrument(now=now, asset_no="20260002")
    enrol_controller(dev="fesem1", asset_no=ASSET, now=now)
    both = rotate_key(dev="fesem1", asset_no="20260002", node=2, now=now)
    assert [dict(node) for node in both.nodes] == [
        {"node": 1, "instrument": ASSET},
        {"node": 2, "instrument": "20260002"},
    ]
    with pytest.raises(WrongState) as refused:
        rotate_key(dev="fesem1", asset_no="20260002", node=1, now=now)
    assert refused.value.code == "devices.node_taken"


def test_a_disabled_controller_is_told_to_lock_and_leaves_the_broker(now: datetime, broker_dir: Path) -> None:
    wire = Wire(enrol_controller(dev="fesem1", asset_no=ASSET, now=now))
    before = wire.row.desired_ver
    disable_controller(dev="fesem1", reason="stolen", now=now)
    assert "fesem1" not in _broker_users(broker_dir)
    assert [command.kind for command in DeviceCommand.objects.all()] == ["lock"]
    assert wire.row.desired_ver > before
    entry = AuditEntry.objects.get(action="devices.disabled")
    assert (entry.object_ref, entry.reason) == ("controller:fesem1", "stolen")
    with pytest.raises(WrongState) as refused:
        disable_controller(dev="fesem1", reason="again", now=now)
    assert refused.value.code == "devices.disabled"
    with pytest.raises(WrongState):
        rotate_key(dev="fesem1", now=now)


def test_without_a_local_broker_the_password_is_only_shown(
    settings: Any, tmp_path: Path, now: datetime
) -> None:
    settings.BROKER_DIR = str(tmp_path / "nowhere")
    told = enrol_controller(dev="fesem1", asset_no=ASSET, now=now)
    assert len(str(told.mqtt["password"])) >= 40
    assert not (tmp_path / "nowhere").exists()


def test_the_disable_command_refuses_an_unknown_name_with_exit_2() -> None:
    with pytest.raises(CommandError, match=r"devices\.unknown") as refused:
        call_command("disable_controller", "nobody", "--reason", "stolen")
    assert refused.value.returncode == 2
