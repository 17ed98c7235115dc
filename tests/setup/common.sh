# shellcheck shell=bash
# Sourced by every script of the build. Owns: where things are, how a long step reports, what counts as missing.
# Must never: install anything, print when nothing happens, change a setting between two cargo calls.
#
# After `. tests/setup/common.sh`:
#   DOVETAIL_ROOT      the checkout          DOVETAIL_STATE  its disposable folder (.dovetail)
#   DOVETAIL_TARGET    cargo's dev output    DOVETAIL_LOGS   one log per long step
#   DOVETAIL_PEERS     programs by others that we talk to in tests
#   DOVETAIL_SWIFT_ROOT  the Swift toolchain's own root, used when no `swift` is on PATH
#   PATH               has the right python, node and the tools of the checkout first
#   PYO3_PYTHON        the interpreter every cargo call builds against; never anything else, or cargo rebuilds

DOVETAIL_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
DOVETAIL_SETUP=$DOVETAIL_ROOT/tests/setup
DOVETAIL_STATE=$DOVETAIL_ROOT/.dovetail
DOVETAIL_LOGS=$DOVETAIL_STATE/logs
DOVETAIL_TARGET=${DOVETAIL_TARGET:-$DOVETAIL_ROOT/target/debug}
DOVETAIL_VENV=$DOVETAIL_STATE/venv
DOVETAIL_PEERS=$DOVETAIL_STATE/peers
DOVETAIL_TOOLCHAINS=${DOVETAIL_TOOLCHAINS:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dovetail}
DOVETAIL_SWIFT_ROOT=$DOVETAIL_TOOLCHAINS/swift-root
export DOVETAIL_ROOT DOVETAIL_SETUP DOVETAIL_STATE DOVETAIL_LOGS DOVETAIL_TARGET DOVETAIL_VENV DOVETAIL_PEERS
export DOVETAIL_TOOLCHAINS DOVETAIL_SWIFT_ROOT
export PYO3_PYTHON=$DOVETAIL_VENV/bin/python
export CARGO_BUILD_JOBS=2
# What only a second build would use takes 1.4 GB.
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0
# Outputs belong where the scripts look for them, whatever the caller's shell says.
export CARGO_TARGET_DIR=$DOVETAIL_ROOT/target

for dovetail_dir in "$DOVETAIL_STATE/node/bin" "$DOVETAIL_VENV/bin"; do
    case ":$PATH:" in
        *":$dovetail_dir:"*) ;;
        *) PATH=$dovetail_dir:$PATH ;;
    esac
done
unset dovetail_dir
export PATH

# Exit status that means: this machine has not the means for the surface.
DOVETAIL_SKIP=77

# One line on stderr, so that a caller may read a script's stdout.
say() {
    printf '%s\n' "$*" >&2
}

# step NAME COMMAND…: runs a long command quietly. Prints one line with the seconds it took; every 30 s a sign of
# life; its log only when it failed. The command's exit status is the result.
step() {
    local name=$1 log start status=0 child beat=0
    shift
    mkdir -p "$DOVETAIL_LOGS"
    log=$DOVETAIL_LOGS/$(printf '%s' "$name" | tr -cs 'A-Za-z0-9' '-').log
    start=$SECONDS
    "$@" >"$log" 2>&1 </dev/null &
    child=$!
    while kill -0 "$child" 2>/dev/null; do
        sleep 0.2
        if ((SECONDS - start >= (beat + 1) * 30)); then
            beat=$(((SECONDS - start) / 30))
            say "  … $name, $((SECONDS - start)) s: $(tail -c 400 "$log" | tr -d '\r' | sed 's/^ *//' | grep . | tail -n 1 | cut -c 1-70)"
        fi
    done
    wait "$child" || status=$?
    if ((status == DOVETAIL_SKIP)); then
        return "$status"
    fi
    if ((status)); then
        say "  ✗ $name failed after $((SECONDS - start)) s (exit $status); the end of $log:"
        tail -n 60 "$log" >&2
        return "$status"
    fi
    say "  ✓ $name, $((SECONDS - start)) s"
}

# unavailable WHY…: leaves the script as skipped; with CI set a gap is a failure.
unavailable() {
    if [ -n "${CI:-}" ]; then
        say "  ✗ $* (nothing may be skipped when CI is set)"
        exit 1
    fi
    say "  – skipped: $*"
    exit "$DOVETAIL_SKIP"
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Whether version $1 is at least version $2.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

can_apt() {
    [ "$(id -u)" = 0 ] && have apt-get
}

# Refreshes the package lists, as root, at most once a day.
apt_lists() {
    can_apt || return 1
    local stamp=$DOVETAIL_STATE/apt-updated
    mkdir -p "$DOVETAIL_STATE"
    [ -z "$(find "$stamp" -mmin -1440 2>/dev/null)" ] || return 0
    # A dead third-party source must not stop us from using the living ones.
    step "package lists" apt-get update -qq || true
    touch "$stamp"
}

# apt_install PACKAGE…: installs as root.
apt_install() {
    apt_lists || return 1
    step "install $*" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# install_once NAME STAMP LIST COMMAND…: runs the command when LIST is not the one that STAMP was written for.
install_once() {
    local name=$1 stamp=$2 list=$3
    shift 3
    cmp -s "$stamp" "$list" && return
    step "$name" "$@"
    cp "$list" "$stamp"
}
