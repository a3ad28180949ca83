"""Named places in the gateway where a fault test may let the process die. It owns the names and the one
hook; without a hook, which only test settings can set from the environment, passing a point costs one
comparison and does nothing."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

NAMES = frozenset(
    {"received", "before_commit", "after_commit", "mid_publish", "published", "acked", "mid_relay"}
)

Hook = Callable[[str], None]

_hook: Hook | None = None


def reach(name: str) -> None:
    """The process is at `name`."""
    if _hook is not None:
        _hook(name)


def set_hook(hook: Hook | None) -> None:
    """Let `hook` be called at every point (fault tests in this process); None takes it away."""
    global _hook
    _hook = hook


def install_from_environment() -> bool:
    """Arm CLEARBENCH_CRASH_POINT (`name:count`): kill -9 of this process when it reaches `name` for the
    count-th time, counted only while the file CLEARBENCH_CRASH_WHEN exists, where that is given.

    True when armed. Only where settings say FAULT_POINTS, which production does not know; ValueError for an
    unknown name.
    """
    told = os.environ.get("CLEARBENCH_CRASH_POINT", "")
    if not told or not getattr(settings, "FAULT_POINTS", False) or getattr(settings, "PRODUCTION", False):
        return False
    name, _, number = told.partition(":")
    if name not in NAMES:
        raise ValueError(name)
    set_hook(_killer(name, int(number or "1"), os.environ.get("CLEARBENCH_CRASH_WHEN")))
    return True


def _killer(name: str, left: int, when: str | None) -> Hook:
    def die(reached: str) -> None:
        nonlocal left
        if reached == name and (when is None or Path(when).exists()):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return die
