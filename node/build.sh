#!/usr/bin/env bash
# Makes the package usable from the checkout: the native module from cargo's output, JavaScript from TypeScript, and
# the packages of the examples. Needs `cargo build --workspace` and tests/setup/node.sh before it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../tests/setup/common.sh"
cd "$DOVETAIL_ROOT/node"

library=$(ls "$DOVETAIL_TARGET"/libdovetail_node.{so,dylib} 2>/dev/null | head -n 1) || true
[ -n "$library" ] || { say "node: no native library in $DOVETAIL_TARGET; run cargo build --workspace" && exit 1; }
mkdir -p native
# A new file beside the old one: a running program keeps the one it has loaded.
cp "$library" native/dovetail.node.new
mv native/dovetail.node.new native/dovetail.node

rm -rf dist
node_modules/.bin/tsc --project tsconfig.json

install_once "Node: packages of the examples" ../examples/node/node_modules/.ready ../examples/node/package.json \
    npm --prefix ../examples/node install --no-audit --no-fund --no-package-lock --loglevel=error
