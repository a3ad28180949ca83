"""`manage.py enrol_controller`: hand a new controller its identity, once."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.clock import now
from apps.core.errors import Refusal
from devices.provisioning import Enrolment, enrol_controller, rotate_key

BAD_INPUT = 2


class Command(BaseCommand):
    help = (
        "Enrol a controller and print its configuration file. The private key and the broker password "
        "in it are shown this once and kept nowhere else. Exit code 2 with a code when it is refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dev", help="its name: 4 to 26 lower-case letters and digits")
        parser.add_argument("--instrument", metavar="ASSET_NO", required=True, help="what its node gates")
        parser.add_argument("--node", type=int, default=1, metavar="N", help="number of the node (default 1)")
        parser.add_argument(
            "--rotate",
            action="store_true",
            help="new key and password for an enrolled controller; adds the node where it is new",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on one line")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            enrolment = self._enrol(options)
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal.message}", returncode=BAD_INPUT) from refusal
        self.stdout.write(
            json.dumps(enrolment.to_json(), ensure_ascii=False, indent=None if options["json"] else 2)
        )

    def _enrol(self, options: dict[str, Any]) -> Enrolment:
        moment = now()
        if options["rotate"]:
            return rotate_key(
                dev=options["dev"], asset_no=options["instrument"], node=options["node"], now=moment
            )
        return enrol_controller(
            dev=options["dev"], asset_no=options["instrument"], node=options["node"], now=moment
        )
