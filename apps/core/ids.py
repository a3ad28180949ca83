"""Public identifiers: 26-character lower-case ULIDs, sortable by the moment they were made. Inside, rows are
joined by BigAuto keys.
"""

from ulid import ULID


def new_ulid() -> str:
    """A fresh lower-case ULID; safe in URLs, topics and QR codes."""
    return str(ULID()).lower()
