"""Keys that sign and verify frames: Ed25519, and HMAC-SHA256 for small controllers. It owns the two signature
schemes and the ring that chooses by key id; it never stores a key, and never says why a signature failed."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from devices.protocol.errors import FrameError

KEY_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_B64URL = re.compile(r"[A-Za-z0-9_-]*")


def b64url_encode(data: bytes) -> str:
    """Base64url without padding, the only binary spelling in IAP/1."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64url_decode(text: str) -> bytes:
    """The bytes of strict unpadded base64url; a second spelling of the same bytes is refused (ValueError)."""
    if not _B64URL.fullmatch(text):
        raise ValueError("not base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if b64url_encode(data) != text:
        raise ValueError("not canonical base64url")
    return data


class Signer(Protocol):
    """Something that signs on behalf of one key id."""

    @property
    def kid(self) -> str:
        """The key id written into the frame."""

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`."""


class Verifier(Protocol):
    """Something that recognises the signatures of one key."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` was made over `message` by this key."""


KeyRing = Mapping[str, Verifier]


def _checked_kid(kid: str) -> str:
    if not KEY_ID.fullmatch(kid):
        raise FrameError("frame.member", "kid")
    return kid


class Ed25519Public:
    """An Ed25519 public key of 32 raw bytes."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._key = Ed25519PublicKey.from_public_bytes(raw)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` was made over `message` by this key."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Ed25519Signer:
    """An Ed25519 private key made from its 32-byte seed; raises ValueError on another length."""

    def __init__(self, *, kid: str, seed: bytes) -> None:
        self._kid = _checked_kid(kid)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def kid(self) -> str:
        """The key id written into the frame."""
        return self._kid

    @property
    def public(self) -> bytes:
        """The 32 raw bytes of the public half."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over `message`."""
        return self._key.sign(message)


class HmacKey:
    """A per-device HMAC-SHA256 key of at least 32 bytes: signer and verifier at once."""

    def __init__(self, *, kid: str, secret: bytes) -> None:
        if len(secret) < 32:
            raise FrameError("frame.member", "secret")
        self._kid = _checked_kid(kid)
        self._secret = secret

    @property
    def kid(self) -> str:
        """The key id written into the frame."""
        return self._kid

    def sign(self, message: bytes) -> bytes:
        """The 32-byte tag over `message`."""
        return hmac.new(self._secret, message, hashlib.sha256).digest()

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's tag over `message`, compared in constant time."""
        return hmac.compare_digest(self.sign(message), signature)


def generate_seed() -> bytes:
    """A fresh 32-byte Ed25519 seed."""
    return Ed25519PrivateKey.generate().private_bytes_raw()
