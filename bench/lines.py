"""What a bench prints: one JSON object a line on standard output, and which machine it came from. It owns the
form of the figures; it measures nothing.
"""

import json
import os
import platform
import re
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from statistics import median, quantiles

from devices.broker import find_mosquitto
from scripts.postgres import server_programs

PLANS_VARIABLE = "BENCH_PLANS"  # set: plans of statements are written where they are kept


def say(name: str, **figures: object) -> None:
    """One figure: its name, what was found, and how busy the machine was (load of the last minute)."""
    line = {"name": name, **figures, "load": round(os.getloadavg()[0], 2), "machine": machine_name()}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def spread(samples_ms: Sequence[float]) -> dict[str, float | int]:
    """n, median, 99th percentile and maximum of some times in milliseconds; at least two are needed."""
    cuts = quantiles(samples_ms, n=100, method="inclusive")
    return {
        "n": len(samples_ms),
        "p50_ms": round(median(samples_ms), 3),
        "p99_ms": round(cuts[98], 3),
        "max_ms": round(max(samples_ms), 3),
    }


def announce_machine() -> None:
    """The first line of a run: everything that makes figures from two machines differ."""
    say(
        "machine",
        cores=os.cpu_count(),
        cpu=cpu_model(),
        kernel=platform.release(),
        python=platform.python_version(),
        django=metadata.version("django"),
        postgresql=_version(str(server_programs() / "postgres"), "--version"),
        sqlite=sqlite3.sqlite_version,
        mosquitto=_version(find_mosquitto() or "", "-h"),
    )


@cache
def machine_name() -> str:
    """The machine in a few words."""
    return f"{os.cpu_count()} x {cpu_model()}, Linux {platform.release()}, Python {platform.python_version()}"


@cache
def cpu_model() -> str:
    """The processor's own name, and its speed where the kernel knows it."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    found = dict(re.findall(r"^(model name|cpu MHz)\s*: (.+)$", text, re.MULTILINE))
    speed = f" {float(found['cpu MHz']) / 1000:.1f} GHz" if "cpu MHz" in found else ""
    return " ".join(found.get("model name", platform.machine()).split()) + speed


def _version(program: str, argument: str) -> str | None:
    """The first version number a program says about itself; None when there is no such program."""
    if not program:
        return None
    command = [program, argument]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - found by us
    number = re.search(r"\d+(?:\.\d+)+", said)
    return number.group() if number else None
