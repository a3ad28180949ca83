"""The queue in a folder that serves one machine (development and the demonstration), without the gap of
kombu's own: a message is seen by a worker only once it is whole. Read half written it ended the worker.
"""

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Puts messages where they are looked for by renaming, which is one step."""

    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        """Put a message onto a queue."""
        folder = Path(self.data_folder_out)
        one = uuid.uuid4()
        unfinished = folder / f".{one}.part"  # the name of no queue
        unfinished.write_text(dumps(payload), encoding="utf-8")
        unfinished.replace(folder / f"{round(monotonic() * 1000)}_{one}.{queue}.msg")


class Transport(filesystem.Transport):
    """The same transport with that channel."""

    Channel = Channel


__all__ = ["Channel", "Transport"]
