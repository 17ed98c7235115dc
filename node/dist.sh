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

# A fresh project elsewhere installs it; its client, loaded both ways, calls a server of its own.
fresh=$(mktemp -d)
trap 'rm -rf "$stage" "$fresh"' EXIT
cd "$fresh"
npm init -y >/dev/null
npm install --loglevel=error "$out"/*.tgz
cat >server.mjs <<'EOF'
import { Server } from "dovetail-mcp";
const input = { type: "object", properties: { a: { type: "integer" }, b: { type: "integer" } } };
const server = new Server("demo");
server.tool("add", { description: "Add two numbers", input }, ({ a, b }) => a + b);
await server.stdio();
EOF
cat >client.cjs <<'EOF'
const { Client, Command } = require("dovetail-mcp");
(async () => {
  const client = await Client.connect(new Command("node", ["server.mjs"]));
  console.log((await client.call("add", { a: 1, b: 2 })).data);
  await client.close();
})();
EOF
[ "$(node client.cjs)" = 3 ]

# Small, and alone.
size=$(du -sb node_modules/dovetail-mcp | cut -f1)
packages=$(ls node_modules | wc -l)
echo "$((size / 1024)) KiB installed, $((packages - 1)) dependencies"
((size <= 10 * 1024 * 1024)) || { echo "the package is larger than 10 MiB" && exit 1; }
((packages <= 2)) || { echo "the package brings more than one dependency" && exit 1; }
