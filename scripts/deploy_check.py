"""Django's deploy checks and our own with production settings and an invented sound environment: part of
`make check`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.processes import ROOT
from tests.system.production import production_environment


def main() -> int:
    """The exit code of `manage.py check --deploy --fail-level WARNING`."""
    with tempfile.TemporaryDirectory(prefix="clearbench-check-") as folder:
        command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        return subprocess.run(
            command, cwd=ROOT, env=production_environment(Path(folder)), check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
