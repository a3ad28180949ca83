"""`manage.py make_tables`: what `migrate` does, but at once where there is no database yet."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.tables import make_tables


class Command(BaseCommand):
    help = "Make the tables of a database file that is not there yet; migrate any other database."

    def handle(self, *_: Any, **__: Any) -> None:
        make_tables()
