"""Free time on any of 500 instruments: 'two hours in the coming week', as the page that a person waits for.
Beside it, in turn, the rows that tell it, read by SQL that is written by hand on the same indexes.
`python -m bench.bench_finder` prints JSON lines for both databases.
"""

import sys
from collections.abc import Sequence

from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    return on_each_database("bench.searching", arguments(__doc__, argv))


if __name__ == "__main__":
    sys.exit(main())
