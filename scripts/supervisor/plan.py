"""Which processes make a Clearbench on one machine, in which order they start and how each shows that it
is of use.
"""

import json
import os
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from devices.broker import find_mosquitto, write_broker_files
from scripts.processes import answers, listen
from scripts.supervisor.children import Recipe
from settings.local_secrets import make_secrets, replace_secret

HOST = "127.0.0.1"
WEB_PORT = 8000
MQTT_PORT = 1883
GATEWAY_USER = "gateway-1"
PYTHON = sys.executable


@dataclass(frozen=True)
class Broker:
    """Where MQTT is: `kind` is mosquitto, iotcore or configured (somebody else's, named by MQTT_URL)."""

    kind: str
    host: str
    port: int
    url: str


@dataclass(frozen=True)
class Installation:
    """One data folder with the addresses of this run. `web` is bound already, so that nobody can take the
    port meanwhile.
    """

    folder: Path
    web: socket.socket
    broker: Broker

    @property
    def url(self) -> str:
        """The address of the site."""
        return f"http://{HOST}:{self.web.getsockname()[1]}/"

    def environment(self) -> dict[str, str]:
        """What every child gets beside what we got ourselves."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings.demo",
            "RUN_DIR": str(self.folder),
            "MQTT_URL_FILE": str(self.folder / "secrets" / "MQTT_URL"),
            "SITE_URL": self.url,
            "PYTHONUNBUFFERED": "1",
        }


def prepare(folder: Path, *, web_port: int, mqtt_port: int, broker: str) -> Installation:
    """Make the folder's secrets and the broker's files and choose the ports: a taken one moves to the
    next free one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    secrets = make_secrets(folder / "secrets")
    chosen = _choose_broker(mqtt_port, broker, secrets["GATEWAY_PASSWORD"].read_text())
    replace_secret(folder / "secrets" / "MQTT_URL", chosen.url)
    if chosen.kind == "mosquitto":
        users = {GATEWAY_USER: secrets["GATEWAY_PASSWORD"].read_text()}
        if not (folder / "mosquitto").exists():
            users |= _enrolled_before(folder)
        write_broker_files(folder / "mosquitto", chosen.port, users)
    return Installation(folder=folder, web=listen(HOST, web_port), broker=chosen)


def _enrolled_before(folder: Path) -> dict[str, str]:
    """Names and passwords of the controllers of a school that has had the stand-in broker so far, which keeps
    no passwords: its first real broker must know them.
    """
    mqtt = [json.loads(file.read_text())["mqtt"] for file in (folder / "controllers").glob("*/config.json")]
    return {one["username"]: one["password"] for one in mqtt}


def _choose_broker(port: int, wanted: str, password: str) -> Broker:
    """A configured MQTT_URL first, else our own mosquitto, else iotcore on loopback."""
    if configured := os.environ.get("MQTT_URL"):
        parts = urlsplit(configured)
        return Broker("configured", parts.hostname or HOST, parts.port or MQTT_PORT, configured)
    kind = wanted if wanted != "auto" else ("mosquitto" if find_mosquitto() else "iotcore")
    with listen(HOST, port) as free:
        number: int = free.getsockname()[1]
    return Broker(kind, HOST, number, f"mqtt://{GATEWAY_USER}:{password}@{HOST}:{number}")


def chores() -> list[Recipe]:
    """What runs once and ends before anything is started; each does nothing when it is done already."""
    manage = [PYTHON, "manage.py"]
    return [
        Recipe("tables", [*manage, "make_tables"]),
        Recipe("school", [*manage, "demo_school", "--past-years"]),
    ]


def generations(here: Installation) -> list[list[Recipe]]:
    """The children in the order of their birth; each generation is ready before the next is started."""
    return [
        generation
        for generation in (_broker(here), _services(here), [_gateway(here)], _controllers(here))
        if generation
    ]


def _broker(here: Installation) -> list[Recipe]:
    def up() -> bool:
        return answers(here.broker.host, here.broker.port)

    if here.broker.kind == "mosquitto":
        binary = find_mosquitto() or "mosquitto"
        return [Recipe("broker", [binary, "-c", str(here.folder / "mosquitto" / "mosquitto.conf")], up)]
    if here.broker.kind == "iotcore":
        port = str(here.broker.port)
        return [
            Recipe(
                "broker",
                [PYTHON, "-m", "iotcore", "--listen", HOST, "--port", port, "--log-level", "WARNING"],
                up,
            )
        ]
    return []


def _services(here: Installation) -> list[Recipe]:
    number = here.web.fileno()
    serve = [
        PYTHON,
        "-m",
        "gunicorn",
        "settings.wsgi:application",
        "--bind",
        f"fd://{number}",
        "--workers",
        "2",
    ]
    serve += ["--threads", "4", "--graceful-timeout", "3", "--log-level", "warning", "--no-control-socket"]
    celery = [PYTHON, "-m", "celery", "--quiet", "-A", "settings.celery"]
    work = [*celery, "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"]
    work += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    beat = [
        *celery,
        "beat",
        "--loglevel",
        "WARNING",
        "--schedule",
        str(here.folder / "celery" / "beat-schedule"),
        "--pidfile=",
    ]
    return [
        Recipe("web", serve, lambda: _healthy(here.url + "healthz"), pass_fds=(number,)),
        _with_ready_file("worker", work, here),
        _with_ready_file("beat", beat, here),
    ]


def _gateway(here: Installation) -> Recipe:
    return Recipe("gateway", [PYTHON, "manage.py", "gateway"], _appears(here.folder / "gateway.ready"))


def _controllers(here: Installation) -> list[Recipe]:
    """One simulated controller for each configuration that the demo school has written, told where the
    broker is today.
    """
    recipes = []
    for config in sorted((here.folder / "controllers").glob("*/config.json")):
        _point_to(config, here.broker)
        command = [PYTHON, "-m", "devices.controller", "--config", str(config)]
        recipes.append(Recipe(config.parent.name, command, _appears(config.parent / "ready")))
    return recipes


def _point_to(config: Path, broker: Broker) -> None:
    """The port may have moved since the controller was enrolled. Everything else in its configuration
    stays.
    """
    content: dict[str, Any] = json.loads(config.read_text())
    address = {"host": broker.host, "port": broker.port}
    if {**content["mqtt"], **address} != content["mqtt"]:
        content["mqtt"] |= address
        write_json(config, content)


def _with_ready_file(name: str, command: list[str], here: Installation) -> Recipe:
    file = here.folder / f"{name}.ready"
    return Recipe(name, command, _appears(file), {"READY_FILE": str(file)})


def _appears(file: Path) -> Callable[[], bool]:
    """Ready when this run's child touches `file`; one that a former run left does not count."""
    file.unlink(missing_ok=True)
    return file.exists


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except OSError:
        return False


def logins(folder: Path) -> list[dict[str, str]]:
    """The demo's people as the demo school wrote them: login, password, role."""
    listed: list[dict[str, str]] = json.loads((folder / "demo-logins.json").read_text())
    return [{key: one[key] for key in ("login", "password", "role")} for one in listed]


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all, readable by its owner only: a reader never sees half of it."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
