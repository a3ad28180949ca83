"""The gateway under cProfile, for finding out where its time goes: `python -m bench.profiled FILE` runs it
until SIGTERM and leaves the figures in FILE (`python -m pstats FILE`). Slower than the gateway itself by half
or more, so its times are never reported.
"""

import cProfile
import os
import sys

from django.core.management import execute_from_command_line


def main() -> int:
    """Exit status 0 after an orderly end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.demo")
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        execute_from_command_line(["manage.py", "gateway"])
    finally:
        profiler.disable()
        profiler.dump_stats(sys.argv[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
