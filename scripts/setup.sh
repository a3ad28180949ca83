#!/usr/bin/env bash
# Make this machine able to run (`setup.sh run`) or test (`setup.sh test`) Clearbench: Debian packages, .venv, hashed Python
# packages. `setup.sh system` stops after the Debian packages. Quick when nothing is to do; installs system packages only as root
# or through sudo; when it may not, it names everything that is missing at once and exits 1.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-run}
case $profile in run|test|system) ;; *) echo "usage: scripts/setup.sh run|test|system" >&2; exit 2 ;; esac
PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin          # mosquitto and ldconfig live there, outside a user's PATH

# Two makes at once must not fill one .venv together.
mkdir -p var
exec 9>var/setup.lock
flock 9

# durable_rules, the default rule engine, builds below 3.13 only: such a Python is preferred, and the system's own before others.
find_python() {
    local below name names=(python3 python3.12 python3.11 python3.13)
    [ -z "${PYTHON:-}" ] || names=("$PYTHON")
    for below in 13 14; do
        for name in "${names[@]}"; do
            command -v "$name" >/dev/null 2>&1 &&
                "$name" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, $below))" 2>/dev/null &&
                { command -v "$name"; return 0; }
        done
    done
    return 1
}
if ! python=$(find_python); then
    echo "setup: Python 3.11, 3.12 or 3.13 is needed (set PYTHON=/path/to/it when it has an unusual name)." >&2
    exit 1
fi

# --- what is missing -----------------------------------------------------------------------------------------------------------
has_venv() { [ -x .venv/bin/python ] || "$python" -c 'import venv, ensurepip' 2>/dev/null; }
has_headers() { "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'; }
has_library() { [[ $libraries == *"$1"* ]]; }
has_command() { command -v "$1" >/dev/null 2>&1; }
has_postgres() { has_command initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_browser() { has_command chromium || has_command google-chrome || [ -n "${CHROMIUM:-}" ]; }
has_cjk() { has_command fc-list && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null | head -n 1)" ]; }

required=() wanted=() packages=()
need() { required+=("$1"); shift; packages+=("$@"); }      # without it nothing works
want() { wanted+=("$1"); shift; packages+=("$@"); }        # without it something committed or slower stands in
survey() {
    required=() wanted=() packages=()
    libraries=$(ldconfig -p 2>/dev/null || true)
    has_venv || need "the venv module of Python (python3-venv)" python3-venv
    if "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then    # durable_rules is compiled here
        has_command gcc || need "a C compiler (gcc)" gcc libc6-dev
        has_headers || need "the Python headers (python3-dev)" python3-dev
    fi
    has_library libpango-1.0.so.0 || need "Pango (libpango-1.0-0)" libpango-1.0-0
    has_library libpangoft2-1.0.so.0 || need "Pango with FreeType (libpangoft2-1.0-0)" libpangoft2-1.0-0
    has_library libharfbuzz-subset.so.0 || want "libharfbuzz-subset0 (documents take three times as long)" libharfbuzz-subset0
    has_cjk || want "a Chinese screen font (the committed ones are used in documents)" fontconfig fonts-noto-cjk
    if [ "$profile" = run ]; then
        has_command mosquitto || want "mosquitto (the Python broker iotcore stands in, without per-device rights)" mosquitto
        has_command msgfmt || want "gettext (the committed catalogues are used)" gettext
    else
        has_command mosquitto || need "an MQTT broker (mosquitto)" mosquitto
        has_command msgfmt || need "gettext" gettext
        has_postgres || need "PostgreSQL server programs (postgresql)" postgresql
        has_browser || need "a browser (chromium)" chromium
        has_command pdftotext || need "pdftotext (poppler-utils)" poppler-utils
    fi
}

# --- install it where we may ---------------------------------------------------------------------------------------------------
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
may_install() {
    has_command apt-get || return 1
    [ "$(id -u)" = 0 ] && return 0
    has_command sudo || return 1
    sudo -n true 2>/dev/null && return 0
    [ -t 0 ] && [ -t 2 ] && { echo "setup: sudo is asked for the Debian packages: ${packages[*]}" >&2; sudo -v; }
}

survey
if [ ${#packages[@]} -gt 0 ]; then
    if may_install; then
        echo "setup: installing Debian packages: ${packages[*]}"
        log=var/setup-apt.log      # 9>&-: a service that a package starts must not inherit the lock
        { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}"; } \
            >"$log" 2>&1 </dev/null 9>&- || echo "setup: apt-get did not finish; see $log" >&2
        survey
    fi
    if [ ${#required[@]} -gt 0 ]; then
        echo "setup: these are missing and could not be installed from here:" >&2
        printf '  - %s\n' "${required[@]}" >&2
        echo "As an administrator: apt-get install ${packages[*]}" >&2
        exit 1
    fi
    [ ${#wanted[@]} -eq 0 ] || printf 'setup: going on without %s\n' "${wanted[@]}"
fi
[ "$profile" = system ] && { echo "setup: the system packages are there."; exit 0; }

# --- .venv ---------------------------------------------------------------------------------------------------------------------
# A larger set holds the smaller ones with the same pins, so any of the listed marks will do.
install=base accept="base demo dev"
[ "$profile" = run ] && ! has_command mosquitto && install=demo accept="demo dev"
[ "$profile" = test ] && install=dev accept=dev

if [ -x .venv/bin/python ] && ! .venv/bin/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
    echo "setup: .venv belongs to a Python that is gone or not supported; making it anew"
    rm -rf .venv
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv

stamp=$({ .venv/bin/python --version; cat requirements/*.txt; } | sha256sum | cut -d' ' -f1)
for name in $accept; do
    [ "$(cat ".venv/.installed-$name" 2>/dev/null)" = "$stamp" ] && exit 0
done
.venv/bin/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv; "$python" -m venv .venv; }     # a half-made one
echo "setup: installing the Python packages of requirements/$install.txt (a minute or two the first time)"
# The build tools first: durable_rules is built with exactly these, never with whatever setuptools is newest today.
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/build.txt
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-build-isolation -r "requirements/$install.txt"
for mark in .venv/.installed-*; do
    [ "$(cat "$mark" 2>/dev/null)" = "$stamp" ] || rm -f "$mark"      # pins of another commit, now partly overwritten
done
echo "$stamp" >".venv/.installed-$install"
