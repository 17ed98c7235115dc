#!/usr/bin/env bash
# generate.sh [--check]: writes the committed outputs of the generators in bindings/tools; with --check only says, and
# fails, when they differ from what is committed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$DOVETAIL_ROOT"

[ -f bindings/tools/Cargo.toml ] || { say "bindings/tools is missing" && exit 1; }
"$DOVETAIL_SETUP/python.sh" venv
# The tools describe the libraries, so the libraries must be the current ones.
cargo build --workspace
CARGO_TARGET_DIR=$DOVETAIL_ROOT/bindings/tools/target \
    cargo run --quiet --manifest-path bindings/tools/Cargo.toml -- "$@"
