"""The configuration file of a controller: what enrolment hands out plus local choices. It owns reading and
checking that file and never writes it; the keys in it are secrets."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from devices.controller.drivers import DRIVERS
from devices.protocol import DEVICE_ID, Cfg, Ed25519Public, b64url_decode
from devices.protocol.config import PERIOD_FLOORS
from devices.protocol.keys import KEY_ID
from devices.protocol.members import MAX_NODE

KEY_BYTES = 32
LEAST_CARD_KEY_BYTES = 16
T = TypeVar("T")


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
    defaults. Raises ConfigurationError naming the member, nothing else.
    """
    if not isinstance(told, Mapping):
        raise ConfigurationError("the configuration is not an object")
    mqtt = _read(told, "mqtt", _object)
    return ControllerConfig(
        dev=_read(told, "dev", lambda value: _matching(value, DEVICE_ID)),
        kid=_read(told, "kid", lambda value: _matching(value, KEY_ID)),
        seed=_read(told, "private_key", _key),
        server_keys=_read(told, "server_keys", _server_keys),
        host=_read(mqtt, "host", _text, within="mqtt."),
        port=_read(mqtt, "port", lambda value: _number(value, low=1, high=65_535), within="mqtt."),
        username=_read(mqtt, "username", _text, within="mqtt."),
        password=_read(mqtt, "password", _text, within="mqtt."),
        nodes=_read(told, "nodes", _nodes),
        card_key=_read(told, "card_key", _card_key),
        folder=folder,
        state_dir=folder / _read(told, "state_dir", _text, default="state"),
        driver=_read(told, "driver", _driver, default="simulated"),
        driver_options=_read(told, "driver_options", _object, default={}),
        base=_read(told, "periods", _periods, default={}),
        ca_file=_read(mqtt, "ca_file", _text, within="mqtt.") if mqtt.get("ca_file") is not None else None,
    )


def _read(
    told: Mapping[str, Any], name: str, read: Callable[[Any], T], *, within: str = "", default: Any = None
) -> T:
    """Member `name` as `read` has it. Whatever `read` raises becomes a ConfigurationError that names the
    member; its own words are dropped, they may quote a secret.
    """
    value = told.get(name, default)
    if value is None:
        raise ConfigurationError(f"missing member {within}{name}")
    try:
        return read(value)
    except ConfigurationError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ConfigurationError(f"member {within}{name} cannot be used") from None


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError
    return dict(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise TypeError
    return value


def _matching(value: Any, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(_text(value)):
        raise ValueError
    return str(value)


def _number(value: Any, *, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ValueError
    return value


def _key(value: Any) -> bytes:
    raw = b64url_decode(value)
    if len(raw) != KEY_BYTES:
        raise ValueError
    return raw


def _server_keys(value: Any) -> Mapping[str, str]:
    keys = {_matching(kid, KEY_ID): str(key) for kid, key in value.items() if _key(key)}
    for key in keys.values():
        Ed25519Public(_key(key))
    if not keys:
        raise ValueError
    return keys


def _nodes(value: Any) -> tuple[int, ...]:
    numbers = tuple(_number(node["node"], low=1, high=MAX_NODE) for node in value)
    if not numbers or len(set(numbers)) != len(numbers):
        raise ValueError
    return numbers


def _driver(value: Any) -> str:
    if value not in DRIVERS:
        raise ConfigurationError(f"member driver is none of {', '.join(sorted(DRIVERS))}")
    return str(value)


def _card_key(text: Any) -> bytes:
    """The card key is base64url of at least 16 bytes; school systems that hand it out in hexadecimal are
    read too.
    """
    key = bytes.fromhex(text[4:]) if text.startswith("hex:") else b64url_decode(text)
    if len(key) < LEAST_CARD_KEY_BYTES:
        raise ConfigurationError(f"member card_key is shorter than {LEAST_CARD_KEY_BYTES} bytes")
    return key


def _periods(told: Mapping[str, Any]) -> Cfg:
    unknown = set(told) - set(PERIOD_FLOORS)
    if unknown:
        raise ConfigurationError("member periods has an unknown period")
    return Cfg.parse(dict(told))
