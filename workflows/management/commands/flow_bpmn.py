"""`flow_bpmn NAME [--output FILE] [--language zh-hans|en]`: a process as BPMN 2.0 with its diagram, for other
tools. Exit status: 0 written, 2 there is no such process (standard error names those that there are).
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from apps.core.errors import NotFound
from workflows import registry
from workflows.bpmn import export

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Write a process as BPMN 2.0 with its diagram."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="key of the process, such as registration")
        parser.add_argument("--output", help="file to write; default: standard output")
        parser.add_argument(
            "--language",
            choices=[code for code, _name in settings.LANGUAGES],
            default=settings.LANGUAGE_CODE,
            help="language of the names; default: the school's",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        registry.load()
        try:
            flow = registry.flow(options["name"])
        except NotFound as error:
            known = ", ".join(sorted(registry.keys()))
            raise CommandError(f"{error.code}: one of {known}", returncode=BAD_INPUT) from error
        with translation.override(options["language"]):
            text = export(flow)
        if options["output"]:
            Path(options["output"]).write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")
