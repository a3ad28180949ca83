"""Several acts at the same moment, each over a connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from apps.core.errors import Refusal

Act = Callable[[], Any]


def at_once(*acts: Act) -> list[str]:
    """Every act in a thread of its own, begun together; returns in their order how each ended: 'done' or the
    code of its refusal. An accident is raised.
    """
    gate = threading.Barrier(len(acts))
    ends: list[str] = [""] * len(acts)
    accidents: list[BaseException] = []

    def run(number: int, act: Act) -> None:
        try:
            gate.wait(timeout=30)
            act()
            ends[number] = "done"
        except Refusal as refusal:
            ends[number] = refusal.code
        except BaseException as accident:  # noqa: BLE001  # told below, whatever it is
            accidents.append(accident)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if accidents:
        raise accidents[0]
    return ends
