"""The signed configuration of a controller: periods, how each node is treated, sentences. It owns composing
it from the rows and that a changed one raises `ver`, because devices take only the configuration that their
desired state names."""

from collections.abc import Mapping
from typing import Any

from devices.models import ControlledNode, Controller
from devices.protocol import Cfg, FrameError, NodePolicy, config_hash
from devices.protocol.config import PERIOD_FLOORS


def configuration_of(controller: Controller) -> Cfg:
    """The configuration in force."""
    return Cfg.parse(controller.config)


def configure(controller: Controller, *, periods: Mapping[str, int] | None = None) -> bool:
    """Compose the configuration again from the controller's nodes and, where given, new `periods` (ms; names
    as in docs/controller.md); store it and raise `ver` when it differs. True when it did. The caller holds
    the controller's lock.

    Raises FrameError for a period that is unknown to the codec or out of its bounds.
    """
    unknown = set(periods or {}) - set(PERIOD_FLOORS)
    if unknown:
        raise FrameError("frame.member", min(unknown))
    current = Cfg.parse(controller.config)
    wanted = {name: getattr(current, name) for name in PERIOD_FLOORS} | dict(periods or {})
    body: dict[str, Any] = {
        **wanted,
        "nodes": [
            _policy(node).to_json() for node in controller.nodes.select_related("instrument").order_by("node")
        ],
        "messages": {code: text.to_json() for code, text in current.messages},
    }
    cfg = Cfg.parse(body)
    fresh = config_hash(cfg)
    if fresh == controller.config_hash:
        return False
    controller.config, controller.config_hash = cfg.to_json(), fresh
    controller.desired_ver += 1
    controller.save(update_fields=["config", "config_hash", "desired_ver"])
    return True


def _policy(node: ControlledNode) -> NodePolicy:
    return NodePolicy(node=node.node, cls=node.instrument.revocation_class, hold=node.hold_while_busy)
