"""The secrets of a one-machine installation: made once, kept in files that only their owner may read,
never printed and never committed. Production brings its own through the environment and does not come
here.
"""

import base64
import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path


def _key() -> str:
    """32 random bytes, base64url without padding: an Ed25519 private key, or an HMAC key."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(64),
    "SERVER_SIGNING_KEY": _key,
    "CARD_KEY": _key,
    "GATEWAY_PASSWORD": _key,
}


def make_secrets(folder: Path) -> dict[str, Path]:
    """The file of each secret in `folder`, made where it is missing. Safe when several processes start at
    once: the first file wins.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {name: _make_once(folder / name, make) for name, make in MAKERS.items()}


def replace_secret(path: Path, value: str) -> None:
    """Write a secret that changes (the broker's address with its password), whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _temporary(path, value).replace(path)


def _make_once(path: Path, make: Callable[[], str]) -> Path:
    if not path.exists():
        temporary = _temporary(path, make())
        with contextlib.suppress(FileExistsError):
            # link, not rename: it refuses to replace what another process has made in the meantime.
            path.hardlink_to(temporary)
        temporary.unlink()
    return path


def _temporary(path: Path, value: str) -> Path:
    """A complete file beside `path`, mode 0600 from its first byte (mkstemp's promise)."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
