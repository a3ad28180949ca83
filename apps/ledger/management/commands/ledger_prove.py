"""`manage.py ledger_prove`: prove the double entry and say so; exit code 1 when it does not hold."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.ledger.queries import Proof, prove


class Command(BaseCommand):
    help = "Prove that every transaction sums to zero and every balance is the sum of its entries."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", help="Only this month, as 2026-11")
        parser.add_argument("--json", action="store_true", help="Print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        proof = prove(period=options["period"])
        self.stdout.write(json.dumps(asdict(proof), ensure_ascii=False) if options["json"] else _words(proof))
        if not proof.ok:
            sys.exit(1)


def _words(proof: Proof) -> str:
    verdict = "proves" if proof.ok else "DOES NOT PROVE"
    head = f"The ledger {verdict}: {proof.transactions} transactions, {proof.entries} entries."
    return "\n".join([head, *(f"  {problem}" for problem in proof.problems)])
