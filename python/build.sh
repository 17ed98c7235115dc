#!/usr/bin/env bash
# Puts the native module of the last `cargo build` beside the package. The virtual environment of the checkout finds
# the package there.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../tests/setup/common.sh"
package=$DOVETAIL_ROOT/python/src

library=$(ls "$DOVETAIL_TARGET"/libdovetail_python.{so,dylib} 2>/dev/null | head -n 1) || true
[ -n "$library" ] || { say "python: no library in $DOVETAIL_TARGET; run cargo build --workspace" && exit 1; }
# Renamed into place: a process that has the old one loaded keeps it.
cp "$library" "$package/dovetail/_native.abi3.so.new"
mv -f "$package/dovetail/_native.abi3.so.new" "$package/dovetail/_native.abi3.so"
