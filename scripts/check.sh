#!/usr/bin/env bash
# Everything about the code that needs no test run. All of it runs even when one part fails; the exit code tells whether all passed.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
failed=()

step() {
    local name=$1 log
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        printf 'ok    %s\n' "$name"
    else
        printf 'FAIL  %s\n' "$name"
        sed 's/^/      /' "$log"
        failed+=("$name")
    fi
    rm -f "$log"
}

templates() {
    local files
    files=$(git ls-files '*/templates/*.html')
    [ -z "$files" ] || xargs -r djade --target-version 5.2 --check <<<"$files"
}

migrations() { DJANGO_SETTINGS_MODULE=settings.test python manage.py makemigrations --check --dry-run; }
deploy() { python -m scripts.deploy_check; }
translations() { python -m scripts.catalogue; }

rooms=(apps devices documents rules settings workflows scripts tests)
compgen -G "bench/*.py" >/dev/null && rooms+=(bench)
step "ruff check" ruff check .
step "ruff format" ruff format --check .
step "mypy --strict" mypy "${rooms[@]}"
step "import contracts" lint-imports --no-logo
step "migrations complete" migrations
step "deploy checks with production settings" deploy
step "templates (djade)" templates
step "translations complete and compiled" translations

if [ ${#failed[@]} -gt 0 ]; then
    echo "check: failed: ${failed[*]}"
    exit 1
fi
echo "check: all passed"
