"""`manage.py repair_permissions`: bring object permissions in step with the dated rights, and say what was
different. With `--check` it only looks: exit code 1 when something is.
"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.core import clock
from apps.people.projection import Held
from apps.people.repairing import Differences, find_differences, repair_permissions


class Command(BaseCommand):
    help = "Bring object permissions in step with the dated rights and list what was different."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; exit 1 on a difference")
        parser.add_argument("--json", action="store_true", help="Print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        if options["check"]:
            missing, stale = find_differences(now)
            found = Differences(tuple(missing), tuple(stale), aimless=0, group=0)
        else:
            found = repair_permissions(now=now)
        self.stdout.write(_json(found) if options["json"] else _words(found))
        if options["check"] and found:
            sys.exit(1)


def _json(found: Differences) -> str:
    return json.dumps(
        {
            "missing": [_named(held) for held in found.missing],
            "stale": [_named(held) for held in found.stale],
            "aimless": found.aimless,
            "group": found.group,
        }
    )


def _named(held: Held) -> dict[str, object]:
    user, content_type, row, kind = held
    return {"user": user, "content_type": content_type, "object": row, "kind": kind}


def _words(found: Differences) -> str:
    if not found:
        return "Rights and permissions agree."
    lines = [
        f"{len(found.missing)} missing, {len(found.stale)} stale, {found.group} held through a group, "
        f"{found.aimless} rights without their row."
    ]
    lines += [f"  missing: {_named(held)}" for held in found.missing]
    lines += [f"  stale:   {_named(held)}" for held in found.stale]
    return "\n".join(lines)
