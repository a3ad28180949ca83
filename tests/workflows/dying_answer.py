"""A process that answers a step and kills itself: `python -m tests.workflows.dying_answer`. Each line of its
input is a death to die, as JSON: `{"step": ulid, "by": login, "now": ISO, "after": n}`. It dies by SIGKILL
after the n-th write of the answer, or, with 0, when all is done. Each death is a fork's, so that Django
starts once; the line that comes back is the number of the signal.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django
from django.db import connection, connections

WRITES = ("INSERT", "UPDATE", "DELETE")


class Counter:
    """An execute wrapper that counts writes and calls `then` after each with their number."""

    def __init__(self, then: Callable[[int], None] = lambda number: None) -> None:
        self.number = 0
        self.then = then

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.lstrip().upper().startswith(WRITES):
            self.number += 1
            self.then(self.number)
        return result


def die() -> None:
    """At once: no handler, no finally, no rollback of our own."""
    os.kill(os.getpid(), signal.SIGKILL)


def answer_and_die(order: dict[str, Any]) -> None:
    """The answer that does not come to its end."""
    from apps.people.models import User  # noqa: PLC0415  # there are no models before django.setup()
    from workflows import services  # noqa: PLC0415
    from workflows.models import Step  # noqa: PLC0415

    step = Step.objects.select_related("task", "case").get(ulid=order["step"])
    by = User.objects.get(username=order["by"])
    now = datetime.fromisoformat(order["now"])
    counter = Counter(lambda number: die() if number == order["after"] else None)
    with connection.execute_wrapper(counter):
        services.answer(step=step, by=by, now=now, outcome="approve")
    die()


def main() -> None:
    """One death after the other until the orders end."""
    django.setup()
    for line in sys.stdin:
        connections.close_all()
        child = os.fork()
        if child == 0:
            try:
                answer_and_die(json.loads(line))
            finally:
                os._exit(1)
        _pid, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -1, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
