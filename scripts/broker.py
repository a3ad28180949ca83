"""A mosquitto that exists for one `with` block: the story, the benches and the tests use it. Its files are
the product's own (devices.broker), so that what is tested is what runs.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devices.broker import find_mosquitto, write_broker_files
from scripts.processes import answers, free_port, spawn, stop, wait_until

HOST = "127.0.0.1"


@dataclass(frozen=True)
class RunningBroker:
    """Where it listens, the folder for `devices.broker.set_password`, and the process for tests to kill."""

    host: str
    port: int
    folder: Path
    pid: int

    def url(self, username: str, password: str) -> str:
        """The MQTT_URL of one user."""
        return f"mqtt://{username}:{password}@{self.host}:{self.port}"


@contextmanager
def throwaway_mosquitto(users: Mapping[str, str]) -> Iterator[RunningBroker]:
    """Start mosquitto with these users (name -> password) on a free port of 127.0.0.1; removed at the end.
    Raises FileNotFoundError when there is no mosquitto, RuntimeError with its output when it does not start.
    """
    binary = find_mosquitto()
    if binary is None:
        raise FileNotFoundError("no mosquitto: install the package mosquitto (make system)")
    with tempfile.TemporaryDirectory(prefix="clearbench-mqtt-") as name:
        folder = Path(name)
        port = free_port(HOST)
        config = write_broker_files(folder, port, users)
        with (folder / "log").open("w") as log:
            broker = spawn([binary, "-c", str(config)], stdout=log.fileno())
        try:
            if (
                not wait_until(lambda: broker.poll() is not None or answers(HOST, port), seconds=10)
                or broker.poll() is not None
            ):
                raise RuntimeError(f"mosquitto did not start:\n{(folder / 'log').read_text()}")
            yield RunningBroker(host=HOST, port=port, folder=folder, pid=broker.pid)
        finally:
            stop(broker, seconds=5)
