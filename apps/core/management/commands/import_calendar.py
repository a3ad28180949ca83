"""`manage.py import_calendar FILE`: the school's own working days from a CSV file; exit code 1 and every
fault when it cannot be taken.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from apps.core.errors import Invalid
from apps.core.importing import import_calendar


class Command(BaseCommand):
    help = "Enter the school's working calendar from a CSV file: day,is_working,name_zh,name_en; all or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8 or GBK")
        parser.add_argument("--json", action="store_true", help="Print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            source = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from None
        try:
            entered = import_calendar(source=source, now=clock.now())
        except Invalid as refused:
            self.stderr.write(_answer(refused) if options["json"] else _words(refused))
            sys.exit(1)
        self.stdout.write(
            json.dumps(asdict(entered))
            if options["json"]
            else f"{entered.added} days added, {entered.changed} changed, {entered.unchanged} as before."
        )


def _answer(refused: Invalid) -> str:
    answer = {"code": refused.code, "message": str(refused.message), "details": refused.details}
    return json.dumps(answer, ensure_ascii=False)


def _words(refused: Invalid) -> str:
    missing = ", ".join(refused.details.get("columns", ()))
    faults = [
        f"  row {fault['row']}, {fault['column']}: {fault['message']}"
        for fault in refused.details.get("faults", ())
    ]
    return "\n".join([f"{refused.message} {missing}".rstrip(), *faults])
