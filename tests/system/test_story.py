"""The story is told whole, on real processes, and its last line says so."""

import json
import subprocess
import sys

import pytest

from scripts.processes import ROOT

pytestmark = [pytest.mark.once, pytest.mark.system]


@pytest.mark.timeout(900)  # against hanging: a machine in use takes several times as long as an idle one
def test_the_story_ends_with_its_json_line() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "scripts.story"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=880,
    )
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    summary = json.loads(told.stdout.splitlines()[-1])
    assert summary["story"] == "ok"
    assert summary["engines"] == ["durable"]
    assert summary["ledger"]["ok"] is True
    assert summary["withdrawn_to_off_ms"] <= 2000
    assert summary["ended_to_off_ms"] <= 2000
    assert summary["refusals"] == 7
    assert summary["rounds"] == 2
    assert summary["samples_fen"] == 160_00
    assert summary["owner_fen"] == 75_00
    assert summary["hosted_score"] == 5_28
    assert summary["decision"]
