#!/usr/bin/env bash
# Repairs what a tool can repair: lints first, because a repaired lint may need formatting.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$DOVETAIL_ROOT"

"$DOVETAIL_SETUP/rust.sh"
step "lints" cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
step "format" cargo fmt --all
step "generated files" "$DOVETAIL_SETUP/generate.sh"
step "documents" "$DOVETAIL_VENV/bin/python" tests/documents.py --write
