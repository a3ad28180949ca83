"""`manage.py documents_prove`: prove the archive of documents and say so; exit code 1 when it does not
hold.
"""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from documents.proof import Proof, prove


class Command(BaseCommand):
    help = "Prove that document numbers have no gap, contents fit their digests and files their SHA-256."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        proof = prove()
        self.stdout.write(json.dumps(asdict(proof), ensure_ascii=False) if options["json"] else _words(proof))
        if not proof.ok:
            sys.exit(1)


def _words(proof: Proof) -> str:
    verdict = "proves" if proof.ok else "DOES NOT PROVE"
    head = (
        f"The archive {verdict}: {proof.documents} documents, {proof.files} files; "
        f"{proof.unsealed} still without a file, {proof.strays} files that nothing names."
    )
    return "\n".join([head, *(f"  {problem}" for problem in proof.problems)])
