"""Revoke a token by its prefix: for one that was published by mistake and found by somebody else."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.core.errors import Refusal
from apps.tokens.models import ApiToken
from apps.tokens.operations import revoke_token

BAD_INPUT = 2


class Command(BaseCommand):
    """`revoke_token clb_abcdefgh --reason "found in a public repository"`."""

    help = "Revoke an API token by its prefix (the part before the second underscore)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        prefix = "_".join(options["prefix"].split("_")[:2])  # a whole secret may have been pasted
        token = ApiToken.objects.filter(prefix=prefix).first()
        if token is None:
            raise CommandError(f"tokens.unknown: there is no token {prefix}", returncode=BAD_INPUT)
        try:
            revoke_token(token=token, reason=options["reason"], by=None, now=clock.now())
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal.message}", returncode=BAD_INPUT) from refusal
        self.stdout.write(f"revoked {prefix} of {token.user.username}")
