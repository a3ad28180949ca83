"""Several people doing something at the same moment, each with a connection of their own."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence

from django.db import connection

from apps.core.errors import Refusal

Act = Callable[[], object]


def race(acts: Sequence[Act]) -> Counter[str]:
    """All at once. What each of them met: 'done', or the code of its refusal; an accident is raised."""
    gate = threading.Barrier(len(acts))
    met: list[str] = []
    accidents: list[BaseException] = []

    def run(act: Act) -> None:
        try:
            gate.wait(timeout=20)
            act()
            met.append("done")
        except Refusal as refusal:
            met.append(refusal.code)
        except Exception as accident:  # noqa: BLE001 - handed to the test
            accidents.append(accident)
        finally:
            connection.close()

    racers = [threading.Thread(target=run, args=(act,)) for act in acts]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    if accidents:
        raise accidents[0]
    return Counter(met)
