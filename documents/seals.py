"""The picture of the institution's seal over the date. Two things have to be true before it is printed: the
installation has the picture (DOCUMENTS_SEAL, a PNG or SVG file), and the institution has decided that papers
bear it (the dated parameter `documents.seal_shown`). By default neither is.
"""

import logging
from base64 import b64encode
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)

TYPES = {".png": "image/png", ".svg": "image/svg+xml"}
LARGEST = 2_000_000  # bytes


def seal_image() -> str:
    """The seal as a data: address; '' without a usable picture, and the log says why: the paper then has
    the empty place for the stamp.
    """
    if not settings.DOCUMENTS_SEAL:
        log.warning("papers are to bear the seal, but DOCUMENTS_SEAL names no picture")
        return ""
    file = Path(settings.DOCUMENTS_SEAL)
    problem = picture_problem(file)
    if problem:
        log.error("the picture of the seal cannot be used: %s", problem)
        return ""
    return f"data:{TYPES[file.suffix.lower()]};base64,{b64encode(file.read_bytes()).decode()}"


def picture_problem(file: Path) -> str:
    """What keeps a file from being the picture of a seal; empty when nothing does."""
    if file.suffix.lower() not in TYPES:
        return "it is neither PNG nor SVG"
    if not file.is_file():
        return "there is no such file"
    return "it is larger than 2 MB" if file.stat().st_size > LARGEST else ""
