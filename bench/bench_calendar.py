"""What stands in a timetable: one instrument with 1,000 bookings in the month, and a facility of 40
instruments with a busy week. Beside each, in turn, the same rows by SQL that is written by hand on the same
indexes.
`python -m bench.bench_calendar` prints JSON lines for both databases.
"""

import sys
from collections.abc import Sequence

from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    return on_each_database("bench.timetables", arguments(__doc__, argv))


if __name__ == "__main__":
    sys.exit(main())
