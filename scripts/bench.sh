#!/usr/bin/env bash
# `make bench`: every bench_*.py of bench/, one after the other on a quiet machine; JSON lines on standard output, words on standard error.
set -euo pipefail
cd "$(dirname "$0")/.."
for file in bench/bench_*.py; do
    name=$(basename "$file" .py)
    echo "== $name" >&2
    .venv/bin/python -m "bench.$name"
done
