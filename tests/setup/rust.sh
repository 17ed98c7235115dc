#!/usr/bin/env bash
# Checks the Rust toolchain: new enough, with formatter and linter. Makes the bare virtual environment, because cargo
# builds the Python module with everything else.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

have cargo && have rustc || unavailable "Rust: no cargo on PATH (https://rustup.rs installs it)"
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$DOVETAIL_ROOT/Cargo.toml")
found=$(rustc --version | awk '{ print $2 }')
at_least "$found" "$wanted" || unavailable "Rust: rustc $found is older than $wanted (rustup update stable)"

for component in rustfmt clippy; do
    tool=cargo-${component/rustfmt/fmt}
    "$tool" --version >/dev/null 2>&1 && continue
    have rustup || unavailable "Rust: $tool is missing and there is no rustup to fetch it"
    step "Rust: $component" rustup component add "$component"
done

"$DOVETAIL_SETUP/python.sh" venv
