"""MQTT_URL taken apart. It owns that one spelling (`mqtt://user:password@host:port`, `mqtts://` with an
optional `?ca_file=`) and never connects."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from devices.mqtt import TlsSettings

PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and who we are there; the password stays out of every repr."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: TlsSettings | None = None


def broker_address(url: str) -> BrokerAddress:
    """The parts of an MQTT_URL. ValueError (without the URL, which holds a password) when it is none."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("MQTT_URL must look like mqtt://user:password@host:1883 or mqtts://…")
    ca_file = parse_qs(parts.query).get("ca_file", [None])[0]
    return BrokerAddress(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=TlsSettings(ca_file=ca_file) if parts.scheme == "mqtts" else None,
    )
