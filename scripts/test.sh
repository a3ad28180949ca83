#!/usr/bin/env bash
# `make test`: the checks, and beside them the whole suite on SQLite; then the suite again on a throw-away PostgreSQL. What says the same
# on every database (`once`) and what starts the whole demo (`system`) runs in the first round only. Arguments go to both pytest runs.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
unset DATABASE_URL DJANGO_SETTINGS_MODULE
unset PYTHONDONTWRITEBYTECODE # hundreds of processes are started: each would compile everything again
out=$(mktemp -d)
workers=${TEST_WORKERS:-$(($(nproc) + 1))} # one more than there are processors: browsers and whole installations wait much of their time
checking=
leave() {
    [ -z "$checking" ] || kill -- "-$checking" 2>/dev/null
    rm -rf "$out"
}
trap leave EXIT
trap 'exit 130' INT TERM HUP

set -m # the checks in a process group of their own: they can be ended as a whole
scripts/check.sh >"$out/checks" 2>&1 &
checking=$!
set +m

echo "== the suite on SQLite"
pytest -n "$workers" --dist loadfile "$@" 2>&1 | tee "$out/sqlite"
sqlite=$?

echo "== the checks, which ran beside it"
wait "$checking"
checked=$?
checking=
cat "$out/checks"

echo "== the suite on PostgreSQL"
python -m scripts.postgres pytest -n "$workers" --dist loadfile -m "not once and not system" "$@" 2>&1 | tee "$out/postgresql"
postgresql=$?

verdict() { if [ "$1" = 0 ]; then echo passed; else echo FAILED; fi; }
echo "== make test"
echo "checks      $(verdict $checked)"
echo "SQLite      $(verdict $sqlite)  $(tail -n 1 "$out/sqlite")"
echo "PostgreSQL  $(verdict $postgresql)  $(tail -n 1 "$out/postgresql")"
[ $((checked + sqlite + postgresql)) -eq 0 ]
