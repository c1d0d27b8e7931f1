#!/usr/bin/env bash
# Sets up siamese-edge in this folder and runs it. Needs Debian, Ubuntu or Raspberry Pi OS with python3, nothing else.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'TEXT'
./install.sh --demo [ARGUMENTS]   see it work: two people are known, a stranger is not
                                  (--camera uses your webcam; --help tells more)
./install.sh --test [ARGUMENTS]   run the checks and the tests (ARGUMENTS go to pytest)
./install.sh --help               this text

Both make a Python environment in .venv and install into it, from PyPI: about 400 MB for the demo, 3 GB for the tests.
Nothing outside this folder is changed, but for Debian packages that are missing (python3-venv, and for the tests
mosquitto and shellcheck), which are installed where this runs as root and named where it does not.
TEXT
}

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

# The first Python that the project supports.
find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 to 3.13 is needed, found: $(python3 --version 2>&1 || true). Debian 12 or newer, Ubuntu 24.04 and Raspberry Pi OS Bookworm or newer bring it: apt-get install python3"
}

# Installs Debian packages as root, and otherwise says which are missing. Fails only if the first argument is "needed".
debian_packages() {
    local need=$1
    shift
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Debian packages: $*"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null && return
    fi
    [ "$need" = needed ] && fail "missing: $*; install it first: sudo apt-get install $*"
    printf 'missing: %s; some tests will be skipped (sudo apt-get install %s)\n' "$*" "$*"
}

make_environment() {
    local python
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || debian_packages needed python3-venv
    if ! .venv/bin/python -c '' 2>/dev/null; then
        say "Python environment in .venv ($("$python" --version))"
        rm -rf .venv
        "$python" -m venv .venv
    fi
    say "Installing siamese-edge[$1] from PyPI (the first time takes a few minutes)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24'
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$1]"
}

run_demo() {
    make_environment demo
    say "The demo"
    exec .venv/bin/siamese-edge demo "$@"
}

# Mosquitto for the tests alone: a broker that was not wanted as a service is not left running as one.
test_packages() {
    command -v shellcheck >/dev/null || debian_packages wished shellcheck
    if ! PATH="$PATH:/usr/sbin" command -v mosquitto >/dev/null; then
        debian_packages wished mosquitto
        systemctl disable --quiet --now mosquitto 2>/dev/null || service mosquitto stop >/dev/null 2>&1 || true
    fi
}

run_tests() {
    test_packages
    make_environment convert,dev
    export PATH="$PWD/.venv/bin:$PATH:/usr/sbin"
    say "Format and lint"
    ruff format --check .
    ruff check .
    if command -v shellcheck >/dev/null; then shellcheck install.sh .ci/run; fi
    say "Types"
    mypy
    say "Rules of the house"
    lint-imports
    say "Tests"
    exec python -m pytest "$@"
}

case "${1:-}" in
    --demo) shift && run_demo "$@" ;;
    --test) shift && run_tests "$@" ;;
    --help | -h) usage ;;
    '') usage >&2 && exit 2 ;;
    *) usage >&2 && fail "unknown option $1" ;;
esac
