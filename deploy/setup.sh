#!/usr/bin/env bash
# Make this checkout ready to run: Debian packages that are missing, then .venv
# with the pinned versions. Called by `make setup`; safe to call again.
#
#   PYTHON       interpreter to build .venv from, 3.11 or newer (default: python3)
#   TORCH_INDEX  a further package index, for PyTorch's CPU-only wheels (default: none;
#                without it pip may choose the larger wheels with CUDA)
#
# Nothing is left running: PostgreSQL is installed for its programs (tests start servers of their own), and
# the package is kept from making a cluster and starting it.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
stamp=.venv/.setup-stamp

die() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

# Sets `missing` to the Debian packages that grading cannot do without.
find_missing() {
    missing=()
    command -v bwrap >/dev/null || missing+=(bubblewrap)
    "$python" -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null || missing+=(libseccomp2)
    command -v setpriv >/dev/null || missing+=(util-linux)
    "$python" -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v openssl >/dev/null || missing+=(openssl)  # certificates of tests
    command -v faketime >/dev/null || missing+=(faketime)  # gives a test's worker a wrong clock
    command -v chromium >/dev/null || missing+=(chromium)  # the tests' browser
    command -v dot >/dev/null || missing+=(graphviz)  # lays out the pictures of assignments
}

# Debian's package makes a cluster and starts it unless its settings, there beforehand, say otherwise.
keep_postgres_still() {
    local settings=/etc/postgresql-common/createcluster.conf
    if [ ! -e "$settings" ]; then
        "$@" mkdir -p "${settings%/*}"
        printf 'create_main_cluster = false\n' | "$@" tee "$settings" >/dev/null
    fi
}

# Debian starts a service when it is installed, unless this says no; taken back when the script ends.
start_no_services() {
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "$@" tee "$policy" >/dev/null
        "$@" chmod 755 "$policy"
        # shellcheck disable=SC2064
        trap "$* rm -f $policy" EXIT
    fi
}

# Installs its arguments when this user may; prints the command to run when not.
install_packages() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo -n)
    fi
    if ! command -v apt-get >/dev/null; then
        die "please install with this system's package manager what Debian calls: $*"
    fi
    if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
        die "some packages are missing. Please run this as root, then make setup again: apt-get install -y $*"
    fi
    printf 'setup: installing %s\n' "$*"
    if [[ " $* " == *" postgresql "* ]]; then
        keep_postgres_still "${as_root[@]}"
    fi
    if [[ " $* " == *" redis-server "* ]]; then
        start_no_services "${as_root[@]}"
    fi
    local get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
    "${get[@]}" install -y --no-install-recommends "$@" && return
    "${get[@]}" update
    "${get[@]}" install -y --no-install-recommends "$@" ||
        die "apt-get could not install: $*"
}

command -v "$python" >/dev/null || die "no $python here; say which Python to use: make setup PYTHON=/path/to/python3.11"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$("$python" -V) is too old, 3.11 is needed: make setup PYTHON=/path/to/python3.11"

find_missing
if [ ${#missing[@]} -gt 0 ]; then
    install_packages "${missing[@]}"
fi

# A half-made environment (no pip) is made anew; a working one is brought up to date.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf .venv
    "$python" -m venv .venv
fi
index=()
if [ -n "${TORCH_INDEX:-}" ]; then
    index=(--extra-index-url "$TORCH_INDEX")
fi
PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip install --quiet "${index[@]}" \
    --constraint constraints.txt --config-settings editable_mode=compat --editable '.[dev,notebooks]'
touch "$stamp"
printf 'setup: ready (%s in .venv)\n' "$(.venv/bin/python -V)"
