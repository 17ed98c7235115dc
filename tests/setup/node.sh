#!/usr/bin/env bash
# Makes Node >= 22 available: the one on PATH, or one from npm inside the checkout. Installs the packages of /node.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

have npm && have node || unavailable "Node: no node and npm on PATH"

new_enough() {
    have node && node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 22 ? 0 : 1)' 2>/dev/null
}

own_node() {
    local stage=$DOVETAIL_STATE/node
    rm -rf "$stage"
    mkdir -p "$stage/bin"
    printf '{"private": true}\n' >"$stage/package.json"
    (cd "$stage" && npm install --no-audit --no-fund --no-package-lock --loglevel=error node@24)
    ln -s ../node_modules/node/bin/node "$stage/bin/node"
    hash -r
    node --version
}

new_enough || step "Node: own Node 24" own_node
hash -r
new_enough || unavailable "Node: $(node --version) is older than 22 and no newer one could be installed"

if [ -f "$DOVETAIL_ROOT/node/package.json" ]; then
    install_once "Node: packages" "$DOVETAIL_ROOT/node/node_modules/.ready" "$DOVETAIL_ROOT/node/package.json" \
        npm --prefix "$DOVETAIL_ROOT/node" install --no-audit --no-fund --no-package-lock --loglevel=error
fi
