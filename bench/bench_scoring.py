"""Scoring 2,000 instruments: from confirmed sheets to decided scores, as the worker of a round does it.
Beside it the bare writing of the same rows by SQL; and the arithmetic alone beside the ministry's formula
written out in Python. `python -m bench.bench_scoring` prints JSON lines for both databases.
"""

import sys
from collections.abc import Sequence

from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    return on_each_database("bench.scoring", arguments(__doc__, argv))


if __name__ == "__main__":
    sys.exit(main())
