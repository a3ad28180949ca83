"""`python -m devices.controller --config FILE`: run one controller until SIGTERM or Ctrl-C, then exit 0
with every relay off. It owns the command line and the signals, nothing else."""

import argparse
import logging
import signal
import sys
from pathlib import Path

from devices.controller.drivers import DriverError
from devices.controller.runner import Runner
from devices.controller.settings import ConfigurationError, read_config


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 after an orderly stop, 2 when the configuration cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m devices.controller", description="Clearbench controller (IAP/1)"
    )
    parser.add_argument("--config", type=Path, required=True, help="JSON file written by enrolment")
    parser.add_argument("--verbose", action="store_true", help="log more")
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    try:
        runner = Runner(read_config(options.config))
    except (ConfigurationError, DriverError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: runner.stop())
    runner.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
