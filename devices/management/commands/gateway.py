"""`manage.py gateway`: run the MQTT gateway until it is told to stop."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from devices import faultpoints
from devices.address import broker_address
from devices.gateway import Gateway, ready_file


class Command(BaseCommand):
    help = "Connect the broker of MQTT_URL with the database until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--shared", action="store_true", help="divide the uplinks with other gateways ($share/gw)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            address = broker_address(settings.MQTT_URL)
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        if faultpoints.install_from_environment():
            self.stderr.write("a crash point is armed: this gateway is under test")
        gateway = Gateway(address=address, ready_file=ready_file(), shared=options["shared"])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: gateway.stop())
        gateway.run()
