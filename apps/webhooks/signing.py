"""Signatures as the specification Standard Webhooks 1.0 has them (https://www.standardwebhooks.com), for
which receivers have ready libraries: HMAC-SHA256 over `id.timestamp.body`, base64, after `v1,`; during a
change of the secret there are two, separated by a blank.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
_BYTES = 32


def mint_secret() -> str:
    """A new secret of 256 random bits, as receivers enter it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signature(secret: str, *, ident: str, timestamp: int, body: bytes) -> str:
    """One signature. `timestamp` is in seconds since 1970, of the attempt."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    content = f"{ident}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def headers_for(keys: Iterable[str], *, ident: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers, with a signature for each secret."""
    signed = [signature(key, ident=ident, timestamp=timestamp, body=body) for key in keys]
    return {
        "webhook-id": ident,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signed),
    }
