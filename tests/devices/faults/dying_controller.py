"""The reference controller with a death planned: `python -m tests.devices.faults.dying_controller --config
FILE --when FILE --point mid_flash|mid_journal`. From the moment the file exists it kills itself at the
point's next occasion: in the middle of a flash record, or between a durable journal entry and its first
sending. Everything else is the product's own controller."""

import argparse
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devices.controller import __main__ as controller
from devices.controller import flash


def plan(point: str, when: Path) -> None:
    """Let flash writes end this process once `when` exists."""
    write = flash.FileFlash.write

    def deadly(self: flash.FileFlash, patch: Mapping[str, Any]) -> None:
        journalled = any(key.startswith("j.") for key in patch)
        if not when.exists() or (point == "mid_journal" and not journalled):
            write(self, patch)
            return
        if point == "mid_flash":
            record = flash._record(patch)
            os.write(self._fd or -1, record[: len(record) // 2])
        else:
            write(self, patch)
        os.kill(os.getpid(), signal.SIGKILL)

    flash.FileFlash.write = deadly  # type: ignore[method-assign]


def main() -> int:
    """The controller's own exit code, if it comes to that."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--when", type=Path, required=True)
    parser.add_argument("--point", choices=("mid_flash", "mid_journal"), required=True)
    options = parser.parse_args()
    plan(options.point, options.when)
    sys.argv = ["devices.controller", "--config", options.config]
    return controller.main()


if __name__ == "__main__":
    sys.exit(main())
