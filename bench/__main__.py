"""`python -m bench [NAME...] [--quick]`: every bench, or the named ones, one after the other."""

import argparse
import sys
from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from bench import (
    bench_booking,
    bench_calendar,
    bench_cases,
    bench_decision,
    bench_documents,
    bench_dossier,
    bench_figures,
    bench_finder,
    bench_fleet,
    bench_library,
    bench_pages,
    bench_scoring,
    bench_swipe,
)
from bench.lines import announce_machine

BENCHES: Mapping[str, ModuleType] = MappingProxyType(
    {
        "swipe": bench_swipe,
        "fleet": bench_fleet,
        "decision": bench_decision,
        "pages": bench_pages,
        "cases": bench_cases,
        "documents": bench_documents,
        "dossier": bench_dossier,
        "calendar": bench_calendar,
        "finder": bench_finder,
        "booking": bench_booking,
        "figures": bench_figures,
        "library": bench_library,
        "scoring": bench_scoring,
    }
)


def main() -> int:
    """Exit status 0 when every bench ran to its end, whatever the figures: the reader judges."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="a small size, to see that it runs")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(BENCHES))
    if unknown:
        parser.error(f"no such bench: {', '.join(unknown)}")
    announce_machine()
    failed = 0
    for name in options.names or BENCHES:
        failed |= BENCHES[name].main(["--quick"] if options.quick else [])
    return failed


if __name__ == "__main__":
    sys.exit(main())
