"""The schemes that come with the product: the ministry's, one of a school, the review of laboratories. Facts
of public rules as data; an office adopts them or writes its own.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from apps.evaluation.content import Content, read

MINISTRY, SCHOOL, LABS = "ministry", "school", "lab"
SHIPPED = (MINISTRY, SCHOOL, LABS)
_FOLDER = Path(__file__).parent / "data"


@cache
def shipped(key: str) -> Content:
    """One of them. Raises FileNotFoundError for another name."""
    kept: dict[str, Any] = json.loads((_FOLDER / f"{key}.json").read_text(encoding="utf-8"))
    return read(kept)
