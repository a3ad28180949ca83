"""Swipe to grant, through a real broker and a real gateway process, against a bare echo through the same
broker with the same SQL written by hand; then the 99th percentile at ten swipes a second, then as many as
there are controllers at once. `python -m bench.bench_swipe` prints JSON lines for PostgreSQL and for SQLite.
"""

import sys
from collections.abc import Sequence

from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    return on_each_database("bench.swiping", arguments(__doc__, argv))


if __name__ == "__main__":
    sys.exit(main())
