#!/usr/bin/env bash
# What a reviewer need not look at: format, lints, committed outputs of the generators.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$DOVETAIL_ROOT"

"$DOVETAIL_SETUP/rust.sh"
failed=0
step "format" cargo fmt --all --check || failed=1
step "lints" cargo clippy --workspace --all-targets -- -D warnings || failed=1
step "generated files are up to date" "$DOVETAIL_SETUP/generate.sh" --check || failed=1
exit "$failed"
