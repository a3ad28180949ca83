"""What a thousand controllers cost a gateway: signed heartbeats at their real rate, a tenth of the nodes
under power, for a minute. `python -m bench.bench_fleet` prints JSON lines for PostgreSQL and for SQLite.
"""

import sys
from collections.abc import Sequence

from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    return on_each_database("bench.beating", arguments(__doc__, argv))


if __name__ == "__main__":
    sys.exit(main())
