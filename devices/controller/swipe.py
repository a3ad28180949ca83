"""`python -m devices.controller.swipe --config FILE --card UID`: hold a card to a simulated reader, or
move one of the simulated sensors. It owns that command line and never talks to the server."""

import argparse
import sys
from pathlib import Path
from typing import Any

from devices.controller.drivers.simulated import send_control
from devices.controller.settings import read_config


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when the controller was told, 1 when none runs with this configuration."""
    parser = argparse.ArgumentParser(
        prog="python -m devices.controller.swipe", description="Simulated card and sensors"
    )
    parser.add_argument("--config", type=Path, required=True, help="the controller's JSON file")
    parser.add_argument("--node", type=int, default=1)
    parser.add_argument("--card", help="hexadecimal UID")
    parser.add_argument("--busy", choices=("on", "off"), help="load sensor")
    parser.add_argument("--key", choices=("on", "off"), help="manual key switch")
    parser.add_argument("--tamper", help="forced | tamper | held | reader_lost")
    options = parser.parse_args(arguments)
    told: dict[str, Any] = {"node": options.node}
    if options.card is not None:
        told["swipe"] = options.card
    for name in ("busy", "key"):
        if getattr(options, name) is not None:
            told[name] = getattr(options, name) == "on"
    if options.tamper is not None:
        told["tamper"] = options.tamper
    try:
        send_control(read_config(options.config).state_dir, told)
    except OSError:
        parser.exit(1, f"{parser.prog}: no simulated controller runs with this configuration\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
