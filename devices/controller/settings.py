"""The configuration file of a controller: what enrolment hands out plus local choices. It owns reading and
checking that file and never writes it; the keys in it are secrets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices.protocol import DEVICE_ID, Cfg, b64url_decode
from devices.protocol.config import PERIOD_FLOORS


class ConfigurationError(ValueError):
    """The configuration file cannot be used; the message names the member, never its value."""

    code = "controller.configuration"


@dataclass(frozen=True, slots=True)
class ControllerConfig:
    """A checked configuration; `seed`, `card_key` and `password` are secrets and stay out of every repr."""

    dev: str
    kid: str
    seed: bytes = field(repr=False)
    server_keys: Mapping[str, str]
    host: str
    port: int
    username: str
    password: str = field(repr=False)
    nodes: tuple[int, ...]
    card_key: bytes = field(repr=False)
    folder: Path
    state_dir: Path
    driver: str = "simulated"
    driver_options: Mapping[str, Any] = field(default_factory=dict)
    base: Cfg = field(default_factory=Cfg)
    ca_file: str | None = None


def read_config(path: Path) -> ControllerConfig:
    """The configuration in the JSON file `path`; ConfigurationError when something is missing or wrong."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read as JSON") from error
    return check_config(told, folder=path.parent)


def check_config(told: Any, *, folder: Path) -> ControllerConfig:
    """A checked configuration; `state_dir` is `folder`/state unless given, periods override the built-in
    defaults.
    """
    try:
        mqtt = told["mqtt"]
        config = ControllerConfig(
            dev=str(told["dev"]),
            kid=str(told["kid"]),
            seed=b64url_decode(told["private_key"]),
            server_keys={str(kid): str(key) for kid, key in told["server_keys"].items()},
            host=str(mqtt["host"]),
            port=int(mqtt["port"]),
            username=str(mqtt["username"]),
            password=str(mqtt["password"]),
            nodes=tuple(int(node["node"]) for node in told["nodes"]),
            card_key=_card_key(told["card_key"]),
            folder=folder,
            state_dir=folder / str(told.get("state_dir", "state")),
            driver=str(told.get("driver", "simulated")),
            driver_options=dict(told.get("driver_options", {})),
            base=_periods(told.get("periods", {})),
            ca_file=mqtt.get("ca_file"),
        )
    except KeyError as error:
        raise ConfigurationError(f"missing member {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError("a member has the wrong shape") from error
    if not DEVICE_ID.fullmatch(config.dev) or len(config.seed) != 32 or not config.nodes:
        raise ConfigurationError("dev, private_key or nodes")
    if not config.server_keys or any(len(b64url_decode(key)) != 32 for key in config.server_keys.values()):
        raise ConfigurationError("server_keys")
    return config


def _card_key(text: str) -> bytes:
    """The card key is base64url of at least 16 bytes; school systems that hand it out in hexadecimal are
    read too.
    """
    return bytes.fromhex(text[4:]) if text.startswith("hex:") else b64url_decode(text)


def _periods(told: Mapping[str, Any]) -> Cfg:
    unknown = set(told) - set(PERIOD_FLOORS)
    if unknown:
        raise ConfigurationError(f"unknown period {sorted(unknown)[0]}")
    return Cfg.parse({name: int(value) for name, value in told.items()})
