"""`manage.py disable_controller`: take a controller out of service, for instance one that was stolen."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.clock import now
from apps.core.errors import Refusal
from devices.provisioning import disable_controller

BAD_INPUT = 2


class Command(BaseCommand):
    help = (
        "Refuse all frames of a controller from now on; what is behind it is off within one lease. "
        "Exit code 2 with a code when it is refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dev")
        parser.add_argument("--reason", required=True, help="kept in the audit log")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            disable_controller(dev=options["dev"], reason=options["reason"], now=now())
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal.message}", returncode=BAD_INPUT) from refusal
        self.stdout.write(f"{options['dev']} is out of service.")
