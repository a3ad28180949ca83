"""The school library at 250,000 assets: a file of the register read, compared and taken over, and the same
file again; keywords found among them, beside SQL that is written by hand for the same rows.
`python -m bench.bench_library` prints JSON lines for both databases.
"""

import sys
from collections.abc import Sequence

from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    return on_each_database("bench.shelving", arguments(__doc__, argv))


if __name__ == "__main__":
    sys.exit(main())
