"""`manage.py parameter [KEY] [VALUE --from MOMENT --reason WORDS --cites REGULATION]`: what the numbers of
the school are, or one of them from a moment on. Exit code 2 when it cannot be set; then standard error says
why, with a code.
"""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.core.clock import school_midnight
from apps.core.deciding import set_parameter
from apps.core.errors import Refusal
from apps.core.parameters import PARAMETERS, values

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Show dated parameters whose key begins so, or set one from a moment on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "key", nargs="?", default="", help="a key ('fees.notice_days'), or how keys begin"
        )
        parser.add_argument(
            "value", nargs="?", help='the value as JSON: 7, true, \'"text"\', \'["0.7", "1.3"]\''
        )
        parser.add_argument("--from", dest="begins", help="a day of the school, or ISO 8601 with an offset")
        parser.add_argument("--reason", default="", help="why")
        parser.add_argument("--cites", default="", help="regulation and clause; papers about prices name it")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        if options["value"] is None:
            self.stdout.write("\n".join(_lines(options["key"], now)))
            return
        try:
            made = set_parameter(
                key=options["key"],
                value=_value(options["value"]),
                valid_from=_moment(options["begins"]) or now,
                reason=options["reason"],
                cites=options["cites"],
                now=now,
            )
        except Refusal as refused:
            raise _bad(refused.code, str(refused.message)) from None
        self.stdout.write(f"{made} from {made.valid_from.isoformat()}")


def _lines(beginning: str, now: datetime) -> list[str]:
    """The parameters whose keys begin so: in force now, and what they mean."""
    keys = [key for key in sorted(PARAMETERS) if key.startswith(beginning)]
    if not keys:
        raise _bad("core.no_parameter", f"no parameter begins with {beginning}")
    found = values(keys, at=now)
    return [
        f"{key} = {json.dumps(found[key], ensure_ascii=False)}  {PARAMETERS[key].meaning}" for key in keys
    ]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise _bad("core.parameter_json", f"{text} is no JSON; a text stands in double quotes") from None


def _moment(text: str | None) -> datetime | None:
    """A day begins at midnight of the school."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _bad("core.moment", f"{text} is neither a day nor a moment") from None
    if moment.tzinfo is not None:
        return moment
    if len(text) > len("2026-01-01"):
        raise _bad("core.moment", f"{text} has no offset")
    return school_midnight(moment.date())


def _bad(code: str, words: str) -> CommandError:
    return CommandError(f"{code}: {words}", returncode=BAD_INPUT)
