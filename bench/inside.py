"""A bench's child process: Django on the database that the environment names, migrated, and then one module's
`run`. Started by `bench.site`, never by hand.
"""

import importlib
import json
import logging
import sys

import django
from django.core.management import call_command


def main() -> int:
    """`python -m bench.inside MODULE OPTIONS` with the options as JSON."""
    module, told = sys.argv[1], json.loads(sys.argv[2])
    django.setup()
    logging.disable(logging.WARNING)
    call_command("migrate", interactive=False, verbosity=0)
    importlib.import_module(module).run(**told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
