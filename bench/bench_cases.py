"""Cases: three approvals and a round of fifteen votes beside bare viewflow, and the inbox in front of a small
and of a very large archive. `python -m bench.bench_cases` prints JSON lines for both databases.
"""

import sys
from collections.abc import Sequence

from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    return on_each_database("bench.casework", arguments(__doc__, argv), settings="bench.settings")


if __name__ == "__main__":
    sys.exit(main())
