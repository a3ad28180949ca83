"""`check_access --user LOGIN --instrument ASSET_NO [--at ISO] [--purpose P] [--json]`: may this person use
it, and if not, why?

The question is recorded like every other. Exit status: 0 an answer was given (whatever it was), 2 the
login, instrument, moment or purpose is unknown; then standard error names it with its code.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.clearances.answers import Verdict
from apps.clearances.gate import check
from apps.core import clock
from apps.instruments.models import Instrument
from apps.people.models import User
from rules.points.access_unlock import PURPOSES

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Ask the gate about a person and an instrument."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="login of the person")
        parser.add_argument("--instrument", required=True, help="asset number of the instrument")
        parser.add_argument("--at", help="moment asked about, ISO 8601 with an offset; default now")
        parser.add_argument("--purpose", help=f"one of {', '.join(PURPOSES)}; default: what it would be")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        user = User.objects.filter(username=options["user"]).first()
        instrument = Instrument.objects.filter(asset_no=options["instrument"]).first()
        if user is None:
            raise _bad("people.unknown", f"there is no user {options['user']}")
        if instrument is None:
            raise _bad("instruments.unknown", f"there is no instrument {options['instrument']}")
        verdict = check(
            user=user,
            instrument=instrument,
            at=_moment(options["at"]) or now,
            purpose=_purpose(options["purpose"]),
            now=now,
            asked_by="command:check_access",
        )
        shown = _answer(verdict)
        self.stdout.write(json.dumps(shown, ensure_ascii=False) if options["json"] else _lines(verdict))


def _purpose(text: str | None) -> str | None:
    if text is not None and text not in PURPOSES:
        raise _bad("access.purpose", f"{text} is none of {', '.join(PURPOSES)}")
    return text


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise _bad("access.moment", str(error)) from error
    if found is not None and found.tzinfo is None:
        raise _bad("access.moment", "--at needs an offset, such as +08:00")
    return found


def _bad(code: str, words: str) -> CommandError:
    return CommandError(f"{code}: {words}", returncode=BAD_INPUT)


def _answer(verdict: Verdict) -> dict[str, Any]:
    return {
        "allowed": verdict.allowed,
        "until": verdict.until.isoformat() if verdict.until else None,
        "codes": list(verdict.codes),
        "reasons": [asdict(reason) for reason in verdict.reasons],
        "decision": verdict.decision,
    }


def _lines(verdict: Verdict) -> str:
    if verdict.until is not None:
        local = clock.school_time(verdict.until)
        return f"allowed until {local:%Y-%m-%d %H:%M} ({verdict.purpose})"
    return "\n".join(["denied", *(f"  {reason.code}: {reason.en}" for reason in verdict.reasons)])
