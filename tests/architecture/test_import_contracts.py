"""Import contracts, each proven by a violation planted in a copy of the tree: a contract that catches
nothing is worthless.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.processes import ROOT
from tests.architecture.ladder import contracts

pytestmark = pytest.mark.once

Planter = Callable[[dict[str, str]], Path]
ROOMS = ("apps", "devices", "documents", "rules", "settings", "workflows")


@dataclass(frozen=True)
class Plant:
    """One line more in one file, and the contract that must break because of it."""

    contract: str
    file: str
    line: str


PLANTS = [
    # The ladder: upwards, sideways, into the composition root, and from the domain into flows and devices.
    Plant("ladder", "apps/clearances/planted.py", "from apps.reports import drift"),
    Plant("ladder", "apps/training/planted.py", "from apps.fees import models"),
    Plant("ladder", "apps/core/planted.py", "from settings import env"),
    Plant("ladder", "apps/usage/planted.py", "from devices import models"),
    Plant("ladder", "apps/bookings/planted.py", "import workflows"),
    Plant("ladder", "workflows/planted.py", "from devices import models"),
    Plant("rules-pure", "rules/planted.py", "from django.db import models"),
    Plant("rules-pure", "rules/planted.py", "import time"),
    Plant("rules-pure", "rules/planted.py", "import socket"),
    Plant("decisions-recorded", "apps/clearances/planted.py", "from rules import engine"),
    Plant("decisions-recorded", "apps/portal/planted.py", "from rules.engine import evaluate"),
    Plant("devices-see-little", "devices/planted.py", "from apps.people import models"),
    Plant("devices-see-little", "devices/planted.py", "from apps.clearances import apps"),
    Plant("devices-see-little", "devices/planted.py", "from apps.usage import models"),
    Plant("devices-see-little", "devices/planted.py", "from rules import table"),
    Plant("controller-alone", "devices/controller/planted.py", "from django.conf import settings"),
    Plant("controller-alone", "devices/protocol/planted.py", "from devices import models"),
    Plant("controller-alone", "devices/broker.py", "from apps.core import clock"),
    Plant("door-durable", "apps/decisions/planted.py", "import durable_rules_engine"),
    Plant("door-durable", "rules/engines/planted.py", "import durable_rules_engine"),
    Plant("door-durable", "rules/planted.py", "from durable.lang import ruleset"),
    Plant("door-viewflow", "apps/training/planted.py", "from viewflow.workflow import flow"),
    Plant("door-paho", "devices/planted.py", "import paho.mqtt.client"),
    Plant("door-paho", "devices/controller/planted.py", "from paho.mqtt.enums import CallbackAPIVersion"),
    Plant("door-apprise", "apps/portal/planted.py", "import apprise"),
    Plant("door-apprise", "apps/notices/planted.py", "from apprise.plugins import wecombot"),
    Plant("door-icalendar", "apps/bookings/planted.py", "import icalendar"),
    Plant("door-icalendar", "apps/core/planted.py", "from icalendar import Calendar"),
    Plant("door-weasyprint", "documents/planted.py", "from weasyprint import HTML"),
    Plant("door-weasyprint", "apps/billing/planted.py", "import weasyprint"),
    Plant("door-pyhanko", "apps/fees/planted.py", "import pyhanko.sign"),
    Plant("door-pyhanko", "documents/planted.py", "from pyhanko_certvalidator import ValidationContext"),
    Plant("door-holidays", "workflows/planted.py", "import holidays"),
    Plant("door-holidays", "apps/core/planted.py", "from holidays import country_holidays"),
]
CYCLE = {
    "apps/core/planted_a.py": "from apps.core import planted_b",
    "apps/core/planted_b.py": "from apps.core import planted_a",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The six rooms and the contracts, nothing else."""
    folder = tmp_path_factory.mktemp("tree")
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "static", "templates")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def broken(folder: Path) -> set[str]:
    """The names of the contracts that do not hold in `folder`."""
    linter = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run(
        [linter, "--no-logo"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"^Contracts: \d+ kept, \d+ broken", told.stdout, re.MULTILINE), (
        told.stdout + told.stderr
    )
    text = re.sub(r"\s+", " ", told.stdout)
    return {key for key, contract in contracts().items() if f"{contract['name']} BROKEN" in text}


@pytest.fixture(scope="module")
def baseline(copy: Path) -> set[str]:
    """What is broken already, so that one real violation fails one test and not all of them."""
    return broken(copy)


@pytest.fixture
def plant(copy: Path) -> Iterator[Planter]:
    """Adds lines to files of the copy and takes them out again."""
    before: dict[Path, str | None] = {}

    def add(lines: dict[str, str]) -> Path:
        for name, line in lines.items():
            path = copy / name
            before[path] = path.read_text(encoding="utf-8") if path.exists() else None
            path.write_text((before[path] or "") + f"\n{line}\n", encoding="utf-8")
        return copy

    yield add
    for path, text in before.items():
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")


def test_the_tree_as_it_is_keeps_every_contract(baseline: set[str]) -> None:
    assert baseline == set()


@pytest.mark.parametrize(
    "planted", PLANTS, ids=lambda planted: f"{planted.contract}: {planted.line} in {planted.file}"
)
def test_a_planted_violation_breaks_its_contract_and_no_other(
    plant: Planter, baseline: set[str], planted: Plant
) -> None:
    assert broken(plant({planted.file: planted.line})) == baseline | {planted.contract}


def test_a_cycle_inside_an_app_breaks_the_contract_against_cycles_and_no_other(
    plant: Planter, baseline: set[str]
) -> None:
    assert broken(plant(CYCLE)) == baseline | {"no-cycles"}


def test_every_contract_is_proven_by_a_plant() -> None:
    assert {planted.contract for planted in PLANTS} | {"no-cycles"} == set(contracts())
