"""Whom and what a controller believes: server keys, the version of the desired state, revocations,
stand-by grants, the stop and the configuration. It owns reading signed frames and deciding whether they
are new; it never switches anything."""

import hashlib
from collections.abc import Mapping
from typing import Any

from devices.controller.safeguards import Rules
from devices.protocol import (
    Cfg,
    Desired,
    Ed25519Public,
    Frame,
    FrameError,
    Message,
    Verifier,
    b64url_decode,
    canonical_json,
    config_hash,
    decode,
    parse_json,
    parse_message,
    parse_topic,
)


class Trust:
    """The believed server state, restored from the flash keys `ver`, `desired`, `cfg` and `trust`."""

    def __init__(
        self, *, dev: str, server_keys: Mapping[str, str], flash: Mapping[str, Any], base: Cfg, rules: Rules
    ) -> None:
        self.dev = dev
        self.rules = rules
        self._enrolled = hashlib.sha256(canonical_json(server_keys)).hexdigest()
        kept: Mapping[str, Any] = flash.get("trust") or {}
        # A new enrolment brings new keys by hand; what the old enrolment learned then no longer counts.
        same = kept.get("enrolled") == self._enrolled
        self._public: dict[str, str] = dict(kept["keys"] if same else server_keys)
        self.keys = _verifiers(self._public)
        desired = flash.get("desired")
        self.desired = Desired.parse(desired) if desired is not None else Desired(ver=0, now=0)
        if not rules.stop_latches:
            self.desired = Desired(ver=self.desired.ver, now=0, standby=self.desired.standby)
        self.ver: int = int(flash.get("ver", 0))
        self._candidate: Cfg | None = None
        self._base = base
        kept_cfg = flash.get("cfg")
        self.cfg = Cfg.parse(kept_cfg) if kept_cfg is not None else base

    def read(self, topic: str, payload: bytes) -> tuple[str, Message]:
        """The channel and message of a frame meant for this device and signed by a trusted key; else
        FrameError.
        """
        place = parse_topic(topic)
        if place.dev != self.dev or place.direction != "dn":
            raise FrameError("frame.topic", "dev")
        if self.rules.verify_signature:
            frame = decode(topic=topic, payload=payload, keys=self.keys)
        else:
            raw = payload.partition(b"\n")[2]
            frame = Frame(kid="", body=parse_json(raw), raw=raw)
        return place.channel, parse_message(place.channel, frame.body)

    def is_news(self, desired: Desired) -> bool:
        """Whether a desired state is newer than the one in force."""
        return desired.ver > self.ver or not self.rules.version_rises

    def adopt(self, desired: Desired) -> dict[str, Any]:
        """Take a newer desired state; returns the flash patch that must be durable before it is acted
        upon.
        """
        self.ver = desired.ver
        self.desired = desired
        patch: dict[str, Any] = {"ver": desired.ver, "desired": desired.to_json()}
        named = self._named_keys(desired)
        if named and named != self._public:
            self._public = named
            self.keys = _verifiers(named)
            patch["trust"] = {"enrolled": self._enrolled, "keys": named}
        patch.update(self.settle_config(self._candidate))
        if not self.rules.version_persists:
            patch.pop("ver")
            patch.pop("desired")
        return patch

    def settle_config(self, cfg: Cfg | None) -> dict[str, Any]:
        """Take a configuration if the desired state names it, else keep it for later; returns the flash
        patch.
        """
        self._candidate = cfg
        if cfg is None or config_hash(cfg) != self.desired.cfg_hash or cfg == self.cfg:
            return {}
        self.cfg = cfg
        return {"cfg": cfg.to_json()}

    def _named_keys(self, desired: Desired) -> dict[str, str]:
        offered = {**dict(desired.keys), **self._public}
        named = {kid: offered[kid] for kid in desired.kids if kid in offered}
        try:
            _verifiers(named)
        except ValueError:
            return {}
        return named


def _verifiers(public: Mapping[str, str]) -> dict[str, Verifier]:
    return {kid: Ed25519Public(b64url_decode(raw)) for kid, raw in public.items()}
