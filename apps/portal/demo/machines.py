"""The simulated controllers of the demonstration school and the files that they start from."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from apps.portal.demo import roster
from devices.models import Controller
from devices.provisioning import Enrolment, enrol_controller, rotate_key


def write_controllers(folder: Path, *, now: datetime) -> list[dict[str, str]]:
    """A configuration file for each controller, `folder`/<dev>/config.json, readable by its owner only.

    A controller that is enrolled already keeps its file; where the file is lost it gets a new key, because
    nobody else kept the old one. Returns dev, asset_no and config for each.
    """
    told = []
    for dev, asset_no in roster.MACHINES:
        file = folder / dev / "config.json"
        if not Controller.objects.filter(dev=dev).exists():
            write_private(file, enrol_controller(dev=dev, asset_no=asset_no, now=now).to_json())
        elif not file.exists():
            lost: Enrolment = rotate_key(dev=dev, now=now)
            write_private(file, lost.to_json())
        told.append({"dev": dev, "asset_no": asset_no, "config": str(file)})
    return told


def write_private(file: Path, content: Any) -> None:
    """JSON that only its owner may read: whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=2)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
