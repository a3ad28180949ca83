"""Speed, measured on this machine and never asserted: each `bench_*.py` prints JSON lines, one figure a line,
and compares two things in the same run. `python -m bench` runs all of them, `python -m bench swipe --quick`
one at a small size. docs/performance.md says what each figure means and which bar it stands against.

The `bench_*` modules only set up databases and start processes; what touches Django (`swiping`, `beating`,
`browsing`) runs in a child process of its own (`inside`), one for each database.
"""
