"""Who tells the story: counts the steps, prints them, and keeps the timings for the last line."""

import sys


class Teller:
    """One voice for all chapters."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}
        self._step = 0

    def say(self, words: str) -> None:
        self._step += 1
        sys.stdout.write(f"{self._step:2}. {words}\n")
        sys.stdout.flush()

    def time(self, name: str, milliseconds: float) -> str:
        self.timings[name] = round(milliseconds, 1)
        return f"{milliseconds:.0f} ms"
