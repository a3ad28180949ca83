"""`decide POINT --facts FILE|- [--at ISO] [--record] [--json]`: what would the table in force say of these
facts?

The facts are hypothetical, so nothing is recorded unless asked for. Exit status: 0 a decision was made
(whatever it was), 2 the point, the moment or the facts cannot be read; then standard error names every bad
member with its code.
"""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.core.errors import Invalid
from apps.decisions.judging import Judgement, judge
from apps.decisions.operations import record_judgement
from apps.decisions.reading import LIMIT, read_facts
from rules.errors import PointError
from rules.facts import Facts
from rules.registry import get_point

BAD_INPUT = 2
SOURCE = {"kind": "command", "ref": "", "label_zh": "命令行给出", "label_en": "given on the command line"}


class Command(BaseCommand):
    help = "Ask a decision point about facts from a JSON file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("point", help="key of the decision point, such as access.unlock")
        parser.add_argument("--facts", required=True, help="JSON file with the facts, - for standard input")
        parser.add_argument("--at", help="moment whose table is asked, ISO 8601 with an offset; default now")
        parser.add_argument("--record", action="store_true", help="keep the decision in the records")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        point: str = options["point"]
        facts = _facts(point, options["facts"])
        judgement = judge(point=point, facts=facts, at=_moment(options["at"]) or now)
        answer = _answer(judgement)
        if options["record"]:
            record = record_judgement(
                judgement,
                sources=dict.fromkeys(judgement.decision.facts, SOURCE),
                subject_id=None,
                object_ref="hypothetical",
                asked_by="command:decide",
                now=now,
            )
            answer["decision"] = record.ulid
        self.stdout.write(json.dumps(answer, ensure_ascii=False) if options["json"] else _lines(answer))


def _facts(point: str, source: str) -> Facts:
    try:
        spec = get_point(point)
        if source == "-":
            return read_facts(sys.stdin.buffer.read(LIMIT + 1), spec.facts)
        with Path(source).open("rb") as file:
            return read_facts(file.read(LIMIT + 1), spec.facts)
    except PointError as error:
        raise CommandError(f"{error.code}: {error.message}", returncode=BAD_INPUT) from error
    except OSError as error:
        raise CommandError(f"decisions.facts_unreadable: {error}", returncode=BAD_INPUT) from error
    except Invalid as error:
        problems = error.details.get("problems", [])
        lines = [f"{error.code}: {error}"]
        lines += [f"  {problem['path']}: {problem['code']}: {problem['message']}" for problem in problems]
        raise CommandError("\n".join(lines), returncode=BAD_INPUT) from error


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"decisions.moment: {error}", returncode=BAD_INPUT) from error
    if found is not None and found.tzinfo is None:
        raise CommandError("decisions.moment: --at needs an offset, such as +08:00", returncode=BAD_INPUT)
    return found


def _answer(judgement: Judgement) -> dict[str, Any]:
    plain = judgement.decision.to_json()
    members = ("outcome", "allowed", "codes", "reasons", "fired", "nearest", "version", "digest", "engine")
    return {name: plain[name] for name in members}


def _lines(answer: dict[str, Any]) -> str:
    head = f"{answer['outcome']} (version {answer['version']}, {answer['engine']})"
    return "\n".join([head, *(f"  {reason['code']}: {reason['en']}" for reason in answer["reasons"])])
