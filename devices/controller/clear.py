"""`python -m devices.controller.clear --config FILE`: after flash was damaged and the controller enrolled
under a new name, set the damaged log aside so that it may work again. It owns that command line; it never
deletes anything, and never lets a name be used again whose versions and journal numbers are lost."""

import argparse
import sys
from pathlib import Path

from devices.controller.flash import FileFlash
from devices.controller.settings import ConfigurationError, ControllerConfig, read_config


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when flash is in order (now), 1 when it may not be cleared, 2 when the configuration is
    wrong.
    """
    parser = argparse.ArgumentParser(
        prog="python -m devices.controller.clear", description="Set damaged flash aside"
    )
    parser.add_argument("--config", type=Path, required=True, help="the JSON file of the new enrolment")
    options = parser.parse_args(arguments)
    try:
        config = read_config(options.config)
    except ConfigurationError as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    flash = FileFlash(config.state_dir / "flash.log")
    try:
        ok, words = _clear(flash, config)
    except OSError as error:
        ok, words = False, f"{error}; stop the controller first"
    finally:
        flash.close()
    sys.stderr.write(f"{parser.prog}: {words}\n")
    return 0 if ok else 1


def _clear(flash: FileFlash, config: ControllerConfig) -> tuple[bool, str]:
    """Whether flash is in order now, and what was done or must be done first."""
    before = flash.load().get("dev")
    if not flash.damaged:
        return True, "flash is not damaged, nothing was changed"
    if before == config.dev:
        return False, f"enrol the controller under another name than {config.dev} first, then use that file"
    if before is None:
        return False, "the log does not say whose it was; once the name is a new one, move it away by hand"
    return True, f"the damaged log of {before} is kept as {flash.set_aside()}"


if __name__ == "__main__":
    sys.exit(main())
