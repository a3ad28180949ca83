"""What waits for the gateway's one worker: a bounded queue in which a person at a reader does not stand
behind other people's paperwork. It keeps the order of each device and interprets nothing but the last word
of the topic.
"""

import threading
from collections import Counter, deque
from dataclasses import dataclass

from devices.mqtt import AckCallable

# After so many questions in a row one other message is served, so that a device that asks without end starves
# nobody.
QUESTIONS_IN_A_ROW = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One uplink, waiting for its turn."""

    topic: str
    payload: bytes
    ack: AckCallable

    @property
    def may_be_lost(self) -> bool:
        """Whether the device says it again anyway in a moment."""
        return self.topic.endswith("/hb")

    @property
    def is_question(self) -> bool:
        """Whether somebody stands there and waits for the answer."""
        return self.topic.endswith("/swipe")

    @property
    def sender(self) -> str:
        """Whose order is to be kept: the topic without its last word."""
        return self.topic.rpartition("/")[0]


class Inbox:
    """Questions first, everything else as it came; no question before what its own device said earlier."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._questions: deque[Message] = deque()
        self._others: deque[Message] = deque()
        self._earlier: Counter[str] = Counter()  # by sender, how many wait among the others
        self._in_a_row = 0
        self._changed = threading.Condition()

    def __len__(self) -> int:
        with self._changed:
            return len(self._questions) + len(self._others)

    def put(self, message: Message, *, timeout_s: float) -> bool:
        """Let a message wait; False when there was no room in time."""
        with self._changed:
            if not self._changed.wait_for(self._has_room, timeout_s):
                return False
            if message.is_question and not self._earlier[message.sender]:
                self._questions.append(message)
            else:
                self._others.append(message)
                self._earlier[message.sender] += 1
            self._changed.notify_all()
            return True

    def get(self, *, timeout_s: float) -> Message | None:
        """The next one; None when nothing came in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._questions or self._others), max(0.0, timeout_s)):
                return None
            message = self._take()
            self._changed.notify_all()
            return message

    def _has_room(self) -> bool:
        return len(self._questions) + len(self._others) < self._most

    def _take(self) -> Message:
        if self._questions and (self._in_a_row < QUESTIONS_IN_A_ROW or not self._others):
            self._in_a_row += 1
            return self._questions.popleft()
        self._in_a_row = 0
        message = self._others.popleft()
        self._earlier[message.sender] -= 1
        if not self._earlier[message.sender]:
            del self._earlier[message.sender]
        return message
