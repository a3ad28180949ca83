"""What every activation of ours can do, and the one thing that none of viewflow's may do: swallow an error.

viewflow turns an exception in the background into an ERROR task, stores the frame's local variables with
it, and lets the process end as if nothing had happened. Here an exception always leaves the transition,
which rolls back whole; the clock (`services.clockwork`) then notes the failure and tries again.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from apps.people.models import User
from workflows.base import case_of
from workflows.models import Case
from workflows.moment import current


class Moves:
    """Mixin for activations."""

    task: Any
    process: Any

    def exception_guard(self) -> AbstractContextManager[None]:
        """Guards nothing: see above."""
        return nullcontext()

    @property
    def case(self) -> Case:
        """The case of this transition; the same object in all of its steps."""
        return case_of(self.process)

    @property
    def now(self) -> datetime:
        """The moment of this transition."""
        return current().now

    @property
    def by(self) -> User | None:
        """Who does it; None is the system."""
        return current().by

    def recall(self, name: str, default: Any = None) -> Any:
        """A value kept with the process."""
        return self.process.data.get(name, default)

    def remember(self, **values: Any) -> None:
        """Keep JSON-able values with the process, written at once: a later node may hold another copy of
        it.
        """
        self.process.data.update(values)
        self.process.save(update_fields=["data"])
