#!/usr/bin/env bash
# Makes the virtual environment of the checkout. `python.sh venv` makes only the bare one, which is all that cargo
# needs to build the Python module; without an argument the test tools are installed too.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The python outside the environment: an environment made by another environment would inherit its fate.
base=
while IFS= read -r candidate; do
    case $candidate in "$DOVETAIL_VENV"/*) continue ;; esac
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        base=$candidate
        break
    fi
done < <(type -ap python3 python3.14 python3.13 python3.12 python3.11)

make_venv() {
    rm -rf "$DOVETAIL_VENV"
    "$base" -m venv "$DOVETAIL_VENV" && return
    # Distributions ship venv without its pip; the pip outside can fill the environment then.
    rm -rf "$DOVETAIL_VENV"
    "$base" -m venv --without-pip "$DOVETAIL_VENV"
    "$base" -m pip --python "$DOVETAIL_VENV/bin/python" install -q pip
}

if ! "$DOVETAIL_VENV/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    [ -n "$base" ] || unavailable "Python: no python3 >= 3.11 on PATH"
    mkdir -p "$DOVETAIL_STATE"
    step "Python: virtual environment" make_venv
fi
# The package is imported from the checkout. A path file and not a variable: programs that start each other over the
# protocol hand on only a short list of variables.
echo "$DOVETAIL_ROOT/python/src" >"$("$DOVETAIL_VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/dovetail.pth"
[ "${1:-}" = venv ] && exit 0

install_once "Python: test tools" "$DOVETAIL_VENV/.ready" "$DOVETAIL_SETUP/python-requirements.txt" \
    "$DOVETAIL_VENV/bin/python" -m pip install -q --upgrade -r "$DOVETAIL_SETUP/python-requirements.txt"
