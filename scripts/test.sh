#!/usr/bin/env bash
# `make test`: the checks, then the whole suite on SQLite and again on a throw-away PostgreSQL. What says the same on every database
# (`once`) and what starts the whole demo (`system`) runs in the first round only. Arguments go to both pytest runs.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
unset DATABASE_URL DJANGO_SETTINGS_MODULE
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM HUP

scripts/check.sh
checked=$?

echo "== the suite on SQLite"
pytest -n 2 --dist loadfile "$@" 2>&1 | tee "$out/sqlite"
sqlite=$?

echo "== the suite on PostgreSQL"
python -m scripts.postgres pytest -n 2 --dist loadfile -m "not once and not system" "$@" 2>&1 | tee "$out/postgresql"
postgresql=$?

verdict() { if [ "$1" = 0 ]; then echo passed; else echo FAILED; fi; }
echo "== make test"
echo "checks      $(verdict $checked)"
echo "SQLite      $(verdict $sqlite)  $(tail -n 1 "$out/sqlite")"
echo "PostgreSQL  $(verdict $postgresql)  $(tail -n 1 "$out/postgresql")"
[ $((checked + sqlite + postgresql)) -eq 0 ]
