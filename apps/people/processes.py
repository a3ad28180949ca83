"""The names of the processes that an absence may be for. The rooms that run processes register them here;
this room knows none of its own.
"""

from apps.core.errors import Text

_PROCESSES: dict[str, Text] = {}


def register_process(key: str, title: Text) -> None:
    """A process that people take part in. The same key with another title is a ValueError."""
    if _PROCESSES.setdefault(key, title) != title:
        raise ValueError(f"the process {key} is registered twice")


def processes() -> dict[str, Text]:
    """Title by key, in the order of registration."""
    return dict(_PROCESSES)
