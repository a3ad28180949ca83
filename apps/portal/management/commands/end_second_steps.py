"""Take a person's passkeys, authenticator app and recovery codes away: for somebody who lost them all, once
the equipment office has seen who it is, or whose account somebody else got into.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.core.errors import Refusal
from apps.people.models import User
from apps.portal.factors import end_second_steps

BAD_INPUT = 2


class Command(BaseCommand):
    """`end_second_steps 2024310117 --reason "phone lost, student card seen"`."""

    help = "Remove the passkeys, authenticator app and recovery codes of a person, and end their sign-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["login"]).first()
        if user is None:
            raise CommandError(f"people.unknown: there is no login {options['login']}", returncode=BAD_INPUT)
        try:
            number = end_second_steps(user=user, reason=options["reason"], now=clock.now())
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal.message}", returncode=BAD_INPUT) from refusal
        self.stdout.write(f"removed {number} of {user.username}; every sign-in is over")
