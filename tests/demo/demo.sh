#!/usr/bin/env bash
# The first command on a fresh machine: sets up what the demo needs, builds it, and runs demo.py.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
cd "$DOVETAIL_ROOT"

# The demo needs every part it shows: a missing one is a failure here, not a skip.
say "set up"
for part in rust python node c peers; do
    status=0
    "$DOVETAIL_SETUP/$part.sh" || status=$?
    ((status == 0)) || { say "demo: cannot run without $part" && exit 1; }
done

say "build"
step "libraries and command line" cargo build --workspace
step "Python package" python/build.sh
step "Node package" node/build.sh
step "C client" make -C bindings/c "$DOVETAIL_ROOT/target/c/examples/c/client"

exec "$DOVETAIL_VENV/bin/python" tests/demo/demo.py
