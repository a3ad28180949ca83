"""The mosquitto of docs/operations.md, run as it stands there with TLS: the page must not promise what the
broker does not do.
"""

import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices.broker import find_mosquitto, write_broker_files
from scripts.processes import ROOT, answers, free_port, spawn, stop, wait_until

pytestmark = pytest.mark.once

USERS = {"nmr01": "p" * 20 + "1", "gateway-1": "p" * 20 + "2"}


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language on the page, in order."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """mosquitto with the page's configuration, its paths and port moved here; yields the port and the
    certificate.
    """
    folder = tmp_path_factory.mktemp("mosquitto")
    certificate, key = folder / "server.pem", folder / "server.key"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    make += [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run(make, check=True, capture_output=True)
    write_broker_files(folder, 1883, USERS)
    configuration, rights = blocks("conf")
    (folder / "acl").write_text(rights)
    port = free_port("127.0.0.1")
    text = configuration.replace("listener 8883", f"listener {port} 127.0.0.1").replace(
        "/etc/mosquitto/certs", str(folder)
    )
    text = (
        text.replace("/etc/mosquitto/clearbench", str(folder))
        + f"\npersistence_location {folder}/\nuser root\n"
    )
    (folder / "page.conf").write_text(text)
    with (folder / "log").open("w") as log:
        broker = spawn(
            [find_mosquitto() or "mosquitto", "-c", str(folder / "page.conf")], stdout=log.fileno()
        )
    try:
        assert wait_until(lambda: broker.poll() is not None or answers("127.0.0.1", port), seconds=20)
        assert broker.poll() is None, (folder / "log").read_text()
        yield port, certificate
    finally:
        stop(broker, seconds=5)


def connected(port: int, certificate: Path | None, username: str, password: str) -> bool:
    """Whether the broker lets this user in over TLS; without a certificate to trust, over plain TCP."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=username)
    client.username_pw_set(username, password)
    if certificate:
        client.tls_set_context(ssl.create_default_context(cafile=str(certificate)))
    codes: list[bool] = []

    def note(_c: object, _d: object, _f: object, code: ReasonCode, _p: object) -> None:
        codes.append(not code.is_failure)

    client.on_connect = note
    try:
        client.connect("localhost", port)
        client.loop_start()
        wait_until(lambda: bool(codes), seconds=10)
    except OSError:
        return False
    finally:
        client.disconnect()
        client.loop_stop()
    return codes[:1] == [True]


def test_the_page_lets_known_users_in_over_tls_and_nobody_else(server: tuple[int, Path]) -> None:
    port, certificate = server
    assert connected(port, certificate, "nmr01", USERS["nmr01"])
    assert connected(port, certificate, "gateway-1", USERS["gateway-1"])
    assert not connected(port, certificate, "nmr01", "x" * 21)
    assert not connected(port, None, "nmr01", USERS["nmr01"])


def test_the_rights_on_the_page_are_those_that_the_product_writes(tmp_path: Path) -> None:
    write_broker_files(tmp_path, 1883, {"gateway-1": "q" * 20})
    written = [
        line for line in (tmp_path / "acl").read_text().splitlines() if line and not line.startswith("#")
    ]
    assert [line for line in blocks("conf")[1].splitlines() if line] == written


def test_what_protects_the_fleet_is_the_same_on_the_page_and_in_the_demo(tmp_path: Path) -> None:
    demo = write_broker_files(tmp_path, 1883, {}).read_text().splitlines()
    page = blocks("conf")[0].splitlines()
    kept = (
        "allow_anonymous",
        "use_username_as_clientid",
        "set_tcp_nodelay",
        "max_queued",
        "max_inflight",
        "max_packet",
    )
    assert [line for line in page if line.startswith(kept)]
    assert {line for line in page if line.startswith(kept)} == {
        line for line in demo if line.startswith(kept)
    }
