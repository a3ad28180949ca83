"""A bench's child process: Django on the database that the environment names, its tables made, and then one
module's `run`. Started by `bench.site`, never by hand.
"""

import importlib
import json
import logging
import sys

import django

from apps.core.tables import make_tables


def main() -> int:
    """`python -m bench.inside MODULE OPTIONS` with the options as JSON."""
    module, told = sys.argv[1], json.loads(sys.argv[2])
    django.setup()
    logging.disable(logging.WARNING)
    make_tables()
    importlib.import_module(module).run(**told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
