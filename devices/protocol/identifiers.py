"""Identifiers that both ends must spell alike: boot nonces, ULIDs and card digests. It owns their alphabets
and never remembers one; randomness comes from the operating system."""

import hashlib
import hmac
import re
import secrets

from ulid import ULID

from devices.protocol.errors import FrameError
from devices.protocol.keys import b64url_encode

ULID_PATTERN = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")
BOOT_PATTERN = re.compile(r"[0-9a-f]{16}")
CARD_PATTERN = re.compile(r"[A-Za-z0-9_-]{22}")
_UID = re.compile(r"(?:[0-9A-Fa-f]{2}){2,16}")


def new_boot() -> str:
    """A fresh boot nonce: 16 lower-case hexadecimal digits, never reused within the life of a controller."""
    return secrets.token_hex(8)


def new_ulid() -> str:
    """A fresh lower-case ULID of 26 characters, as `rid`, `gid` and command ids are written."""
    return str(ULID()).lower()


def card_digest(*, uid: str, key: bytes) -> str:
    """The only form in which a card travels: 22 base64url characters of HMAC-SHA256(key, upper-case hex UID).

    `uid` is the hexadecimal UID as read (separators `:`, `-` and blanks are dropped); raises FrameError
    `frame.member` when it is no UID of 2 to 16 bytes or the key is shorter than 16 bytes.
    """
    compact = uid.translate({ord(c): None for c in ":- "})
    if not _UID.fullmatch(compact) or len(key) < 16:
        raise FrameError("frame.member", "card")
    return b64url_encode(hmac.new(key, compact.upper().encode("ascii"), hashlib.sha256).digest()[:16])
