"""The figures of a year over 1,000,000 usage records: every figure of every instrument, as pages, exports and
evaluations ask for them. Beside it, in turn, one aggregate of the same records by SQL that is written by hand
on the same indexes. `python -m bench.bench_figures` prints JSON lines for both databases; `--plans` writes
the plans of the statement by hand to bench/plans.
"""

import os
import sys
from collections.abc import Sequence

from bench.lines import PLANS_VARIABLE
from bench.site import arguments, on_each_database


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0 when it ran to its end."""
    given = list(sys.argv[1:] if argv is None else argv)
    if "--plans" in given:
        given.remove("--plans")
        os.environ[PLANS_VARIABLE] = "yes"
    return on_each_database("bench.figuring", arguments(__doc__, given))


if __name__ == "__main__":
    sys.exit(main())
