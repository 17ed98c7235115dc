#!/usr/bin/env bash
# Packs the npm package into $DOVETAIL_DIST/node, with the native module of this platform inside. Called by
# tests/setup/dist.sh, which has built the optimised library into $DOVETAIL_TARGET.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../tests/setup/common.sh"
out=${DOVETAIL_DIST:-$DOVETAIL_ROOT/dist}/node
cd "$DOVETAIL_ROOT/node"

library=$(ls "$DOVETAIL_TARGET"/libdovetail_node.{so,dylib} 2>/dev/null | head -n 1) || true
[ -n "$library" ] || { say "node: no optimised library in $DOVETAIL_TARGET" && exit 1; }
rm -rf dist
node_modules/.bin/tsc --project tsconfig.json

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
platform=$(node --print '`${process.platform}-${process.arch}`')
mkdir -p "$stage/prebuilds/$platform" "$out"
cp "$library" "$stage/prebuilds/$platform/dovetail.node"
cp -r dist README.md package.json ../LICENSE-MIT ../LICENSE-APACHE "$stage/"
npm pkg delete devDependencies scripts --prefix "$stage"
npm pack "$stage" --pack-destination "$out" --loglevel=error
