#!/usr/bin/env bash
# Compile requirements/*.in into hashed pins that hold for every supported Python and platform and name no package index.
# Existing pins stay; `scripts/requirements.sh --upgrade` takes the newest allowed versions.
set -euo pipefail
cd "$(dirname "$0")/.."
for name in build base demo dev gpio; do
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --allow-unsafe \
        --no-emit-index-url --no-emit-find-links "$@" --output-file "requirements/$name.txt" "requirements/$name.in"
done
