"""`flow_pins [--check]`: keep in `workflows/pinned_flows.json` what rows store of the processes' code. It
only adds. Exit status: 0 kept, or nothing to keep; 1 the code lacks what was pinned before, or with `--check`
also has what was not; standard error says what to do about each.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows import pins


class Command(BaseCommand):
    help = "Pin what databases remember of the processes: paths, steps, answers, outcomes, shapes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, only say what is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        old, new = pins.pinned(), pins.present()
        wrong = pins.lost(old, new)
        if options["check"]:
            wrong += pins.unpinned(old, new)
        if wrong:
            raise CommandError("\n".join(wrong), returncode=1)
        if not options["check"]:
            pins.write(pins.merged(old, new))
        self.stdout.write(f"{len(new)} flows")
