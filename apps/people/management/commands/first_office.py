"""`manage.py first_office LOGIN --name-zh NAME --school-zh SCHOOL`: the first person of the equipment office,
who lets in everybody else. An import: there is nobody yet who could decide about an application.
"""

import getpass
import sys
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.core import clock
from apps.core.errors import Refusal
from apps.core.outbox import publish
from apps.people.models import Authorization, OrgUnit, User
from apps.people.operations import create_unit, grant_authorization, register_user
from apps.people.queries import SCHOOL
from apps.people.roles import office_users

REFUSED = 2


class Command(BaseCommand):
    """The password is asked for at a terminal, and read from standard input elsewhere."""

    help = "Register the first person of the equipment office. Refused while somebody manages the school."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login")
        parser.add_argument("--name-zh", required=True)
        parser.add_argument("--name-en", default="")
        parser.add_argument("--email", default="")
        parser.add_argument("--school-zh", default="", help="the school's name, where it is not there yet")
        parser.add_argument("--school-en", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        there = office_users(now)
        if there:
            names = ", ".join(user.username for user in there)
            raise CommandError(f"people.office_there: {names}", returncode=REFUSED)
        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            with transaction.atomic():
                _school(options["school_zh"], options["school_en"], now)
                user = register_user(
                    username=options["login"],
                    name_zh=options["name_zh"],
                    name_en=options["name_en"],
                    email=options["email"],
                    kind=User.Kind.STAFF,
                    unit=None,
                    password=password,
                    now=now,
                )
                kind = Authorization.Kind.MANAGE
                grant_authorization(user=user, kind=kind, scope=SCHOOL, grantor=None, now=now)
                publish("people.office_founded", now=now, user=user.ulid)
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal.message}", returncode=REFUSED) from refusal
        self.stdout.write(f"{user.username} manages the school")


def _school(name_zh: str, name_en: str, now: datetime) -> None:
    """The unit above all others: rights over the school hang on it."""
    if OrgUnit.objects.filter(kind=OrgUnit.Kind.SCHOOL).exists():
        return
    if not name_zh:
        raise CommandError("people.school: say the school's name with --school-zh", returncode=REFUSED)
    create_unit(
        code="SCHOOL", kind=OrgUnit.Kind.SCHOOL, name_zh=name_zh, name_en=name_en, parent=None, now=now
    )
