#!/usr/bin/env bash
# generate.sh [--check]: writes the committed outputs of the generators in bindings/tools; with --check only says, and
# fails, when a fresh output differs from the file in the tree, which it leaves as it was.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$DOVETAIL_ROOT"

[ -f bindings/tools/Cargo.toml ] || { say "bindings/tools is missing" && exit 1; }
"$DOVETAIL_SETUP/python.sh" venv

# The generators have a target directory of their own: they are no member of the workspace.
tools() {
    CARGO_TARGET_DIR=$DOVETAIL_ROOT/bindings/tools/target \
        cargo run --manifest-path bindings/tools/Cargo.toml --features uniffi -- "$@"
}

# UniFFI's generator reads the built library.
cargo build --workspace
if [ "${1:-}" != --check ]; then
    tools write
    tools uniffi
    exit
fi
tools check
# UniFFI's part has no check of its own: write, compare, put back.
generated=kotlin/src/main/kotlin/dev/dovetail/generated/dovetail_uniffi.kt
before=$(mktemp)
trap 'cp "$before" "$DOVETAIL_ROOT/$generated"; rm -f "$before"' EXIT
cp "$generated" "$before"
tools uniffi
cmp "$before" "$generated" || { say "not up to date: $generated" && exit 1; }
