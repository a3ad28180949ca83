"""Strict reading of one JSON object, member by member. It owns the value rules shared by all messages (exact
types, bounds, alphabets) and never fills in what a sender forgot: a wrong or missing member refuses the
whole message."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from devices.protocol.errors import FrameError
from devices.protocol.frames import MAX_INTEGER
from devices.protocol.identifiers import BOOT_PATTERN, ULID_PATTERN
from devices.protocol.keys import KEY_ID

T = TypeVar("T")

HASH_PATTERN = re.compile(r"[0-9a-f]{64}")
WORD_PATTERN = re.compile(r"[a-z][a-z_]{0,31}")
CODE_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,40}(?:\.[a-z][a-z0-9_]{0,40}){0,3}")
LABEL_PATTERN = re.compile(r"[A-Za-z0-9 ._+-]{1,40}")
MAX_NODE = 64


class Members:
    """Reads typed members of `body`; each method raises FrameError `frame.member` naming the member."""

    def __init__(self, body: object) -> None:
        if not isinstance(body, Mapping):
            raise FrameError("frame.member", "object")
        self.body: Mapping[str, Any] = body

    def present(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self.body.get(name) is not None

    def integer(self, name: str, *, low: int = 0, high: int = MAX_INTEGER, default: int | None = None) -> int:
        """An integer within [low, high]; booleans and floats are no integers."""
        value = self.body.get(name, default)
        if type(value) is not int or not low <= value <= high:
            raise FrameError("frame.member", name)
        return value

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        """A JSON boolean."""
        value = self.body.get(name, default)
        if not isinstance(value, bool):
            raise FrameError("frame.member", name)
        return value

    def text(self, name: str, pattern: re.Pattern[str], *, default: str | None = None) -> str:
        """A string that `pattern` matches whole."""
        value = self.body.get(name, default)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise FrameError("frame.member", name)
        return value

    def optional(self, name: str, pattern: re.Pattern[str]) -> str | None:
        """Like `text`, or None when the member is absent or null."""
        return self.text(name, pattern) if self.present(name) else None

    def prose(self, name: str, *, limit: int = 500) -> str:
        """A sentence for people of at most `limit` characters, without control characters."""
        value = self.body.get(name)
        if not isinstance(value, str) or len(value) > limit or not value.replace("\n", " ").isprintable():
            raise FrameError("frame.member", name)
        return value

    def choice(self, name: str, allowed: frozenset[str], *, default: str | None = None) -> str:
        """One of a closed set of words."""
        value = self.body.get(name, default)
        if not isinstance(value, str) or value not in allowed:
            raise FrameError("frame.member", name)
        return value

    def word(self, name: str, allowed: frozenset[str]) -> str:
        """One of a closed set of lower-case words, which may come in any letter case; read as lower case."""
        value = self.body.get(name)
        # Beyond ASCII some letters turn into plain ones when lowered.
        if not isinstance(value, str) or not value.isascii() or value.lower() not in allowed:
            raise FrameError("frame.member", name)
        return value.lower()

    def items(
        self, name: str, read: Callable[[Any], T], *, limit: int, absent_is_empty: bool = False
    ) -> tuple[T, ...]:
        """A list of at most `limit` elements, each read by `read`."""
        value = self.body.get(name)
        if value is None and absent_is_empty:
            return ()
        if not isinstance(value, list) or len(value) > limit:
            raise FrameError("frame.member", name)
        return tuple(read(element) for element in value)

    def table(self, name: str, *, limit: int) -> Mapping[str, Any]:
        """An object with at most `limit` members; absent reads as empty."""
        value = self.body.get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or len(value) > limit:
            raise FrameError("frame.member", name)
        return value

    def boot(self) -> str:
        """The boot nonce."""
        return self.text("boot", BOOT_PATTERN)

    def ulid(self, name: str) -> str:
        """A lower-case ULID."""
        return self.text(name, ULID_PATTERN)

    def optional_ulid(self, name: str) -> str | None:
        """A lower-case ULID or None."""
        return self.optional(name, ULID_PATTERN)

    def node(self) -> int:
        """The number of the controlled node, 1 when absent."""
        return self.integer("node", low=1, high=MAX_NODE, default=1)


def read_ulid(value: Any) -> str:
    """One lower-case ULID out of a list."""
    return Members({"ulid": value}).ulid("ulid")


def read_kid(value: Any) -> str:
    """One key id out of a list."""
    return Members({"kid": value}).text("kid", KEY_ID)


def read_code(value: Any) -> str:
    """One dotted reason code out of a list."""
    return Members({"code": value}).text("code", CODE_PATTERN)


def read_integer(value: Any) -> int:
    """One non-negative integer out of a list."""
    return Members({"n": value}).integer("n")
