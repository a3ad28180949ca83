"""How a token's secret is made and known again: `clb_<prefix>_<256 random bits>`. Only its SHA-256 is kept,
so whoever reads the table can use none.

A fast digest is enough, because the secret is random and not chosen by a person. The fixed beginning lets
secret scanners find a token that was published by mistake.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_SHAPE = re.compile(r"clb_[a-z2-7]{8}_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Minted:
    """A fresh secret, its public name, and what is kept of it."""

    secret: str
    prefix: str
    digest: str


def mint() -> Minted:
    """A new secret of 256 random bits. The prefix is not part of them."""
    prefix = "clb_" + "".join(secrets.choice(_ALPHABET) for _ in range(8))
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    return Minted(secret, prefix, digest_of(secret))


def digest_of(secret: str) -> str:
    """The SHA-256 of a secret, 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def looks_like_one(text: str) -> bool:
    """Whether a text has the shape of a token: anything else need not be looked up."""
    return _SHAPE.fullmatch(text) is not None
