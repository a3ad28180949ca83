"""The words in which the rooms' files speak: who looks, and the answers that come up again and again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.web.scene import Scene

SIGN_IN = 302
WHO = ("anonymous", "charlie", "alice", "teng", "office")
Statuses = tuple[int, int, int, int, int]
Arguments = Callable[[Scene], dict[str, object]]
Exceptions = Mapping[str, int]  # viewer -> status

EVERYBODY: Statuses = (200, 200, 200, 200, 200)
SIGNED_IN: Statuses = (SIGN_IN, 200, 200, 200, 200)
NOWHERE: Statuses = (SIGN_IN, 404, 404, 404, 404)
CREW: Statuses = (SIGN_IN, 403, 403, 200, 200)
HIDDEN: Statuses = (SIGN_IN, 404, 404, 200, 200)
PASSWORD: Statuses = (SIGN_IN, 404, 404, 302, 302)  # the step-up before acting on a machine
ONLY_POST: Statuses = (SIGN_IN, 405, 405, 405, 405)

# Operations of the HTTP interface, asked with a token of each of these that has every scope.
ASKERS = ("charlie", "alice", "teng", "mei", "office")
Answers = tuple[int, int, int, int, int]
ANYBODY: Answers = (200, 200, 200, 200, 200)


@dataclass(frozen=True)
class Multipart:
    """A body that is a form with one file in it."""

    member: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """What is asked of an operation: the members of its path, its query, and its body: JSON, a `Multipart`,
    or None for no body.
    """

    path: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


Calls = Callable[[Scene], Call]
