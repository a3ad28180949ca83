"""The order of events of `make run`: prepare, chores, start, tell, watch, stop. Exit 0 when asked to
stop, 1 when something failed.
"""

import argparse
import contextlib
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.processes import ROOT
from scripts.supervisor.children import ChildDied, Family, Interrupted
from scripts.supervisor.plan import (
    MQTT_PORT,
    WEB_PORT,
    Installation,
    chores,
    generations,
    logins,
    prepare,
    write_json,
)

READY_SECONDS = 60.0  # for one generation
STOP_SECONDS = 10.0  # for everything


def main() -> int:
    """Run until somebody wants us to stop or a child dies."""
    chosen = _arguments()
    wanted_down = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: wanted_down.set())
    folder = chosen.data.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder) as alone:
        if not alone:
            sys.stderr.write(f"Clearbench is already running on {folder}; see {folder / 'run.json'}\n")
            return 1
        (folder / "run.json").unlink(missing_ok=True)
        here = prepare(folder, web_port=chosen.web_port, mqtt_port=chosen.mqtt_port, broker=chosen.broker)
        try:
            return _live(here, Family(here.environment(), wanted_down))
        finally:
            here.web.close()
            (folder / "run.json").unlink(missing_ok=True)


def _live(here: Installation, family: Family) -> int:
    outcome = 0
    try:
        for chore in chores():
            family.run(chore)
        for generation in generations(here):
            family.start(generation, seconds=READY_SECONDS)
        _tell(here, family)
        family.watch()
    except Interrupted:
        pass
    except ChildDied as death:
        family.say("run", f"{death}; stopping everything")
        outcome = 1
    # A second Ctrl-C must not interrupt the clearing up.
    began = time.monotonic()
    killed = family.stop(seconds=STOP_SECONDS)
    if killed:
        family.say("run", f"had to kill {', '.join(killed)}")
    family.say("run", f"stopped in {time.monotonic() - began:.1f} s, nothing is left running")
    return outcome


def _tell(here: Installation, family: Family) -> None:
    """Write run.json, then say where everything is; READY comes last."""
    people = logins(here.folder)
    write_json(
        here.folder / "run.json",
        {
            "url": here.url,
            "mqtt": {"host": here.broker.host, "port": here.broker.port},
            "broker": here.broker.kind,
            "logins": people,
            "pids": {"supervisor": os.getpid(), **family.pids},
        },
    )
    if here.broker.kind == "iotcore":
        family.say(
            "run",
            "no mosquitto here: the stand-in broker keeps no per-device rights; for a demonstration only",
        )
    family.say("run", f"site    {here.url}")
    family.say("run", f"MQTT    {here.broker.host}:{here.broker.port} ({here.broker.kind})")
    family.say("run", f"data    {here.folder}")
    family.say("run", f"mail    {here.folder / 'mail'} (one file a mail)")
    for one in people:
        family.say("run", f"login   {one['login']:<14} {one['password']:<22} {one['role']}")
    sys.stdout.write("READY\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[bool]:
    """Whether we are the only supervisor of this folder. The kernel lets go of the lock when we die,
    however we die.
    """
    with (folder / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.supervisor", description=__doc__)
    data = Path(os.environ.get("RUN_DIR", ROOT / "var"))
    parser.add_argument("--data", type=Path, default=data, help="the data folder (default: var, or RUN_DIR)")
    parser.add_argument("--web-port", type=int, default=WEB_PORT, help="the first port to try for the site")
    parser.add_argument("--mqtt-port", type=int, default=MQTT_PORT, help="the first port to try for MQTT")
    parser.add_argument("--broker", choices=["auto", "mosquitto", "iotcore"], default="auto")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
