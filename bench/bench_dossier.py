"""The dossier of a fee review, as a member of the panel opens it to vote: a price beside 500 peers, and what
it would have meant for the 100,000 uses of the last year. Beside it, in turn, the same figures by SQL that is
written by hand on the same indexes. `python -m bench.bench_dossier` prints JSON lines for both databases;
`--plans` writes the plans of the statements by hand to bench/plans.
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
    return on_each_database("bench.dossier", arguments(__doc__, given))


if __name__ == "__main__":
    sys.exit(main())
