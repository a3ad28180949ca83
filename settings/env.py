"""Reading the environment: every secret may also come from a file named by NAME_FILE."""

import os
from pathlib import Path


def read(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file named by NAME_FILE (without its last newline), or the
    default.
    """
    file = os.environ.get(f"{name}_FILE")
    if file:
        return Path(file).read_text(encoding="utf-8").rstrip("\n")
    return os.environ.get(name, default)
