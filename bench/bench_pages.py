"""The two pages that grow with the school: the list of instruments (84 and 10,000) and the live wall (500
controllers): queries and time of each. `python -m bench.bench_pages` prints JSON lines for both databases.
"""

import sys
from collections.abc import Sequence

from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    return on_each_database("bench.browsing", arguments(__doc__, argv))


if __name__ == "__main__":
    sys.exit(main())
