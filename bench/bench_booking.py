"""Booking under eight people at once: all at one instrument, and each at their own. Beside it, in turn, the
same rows written by bare SQL in one transaction for each booking.
`python -m bench.bench_booking` prints JSON lines for both databases.
"""

import sys
from collections.abc import Sequence

from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    return on_each_database("bench.crowding", arguments(__doc__, argv))


if __name__ == "__main__":
    sys.exit(main())
