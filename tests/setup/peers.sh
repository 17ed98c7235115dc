#!/usr/bin/env bash
# Installs the programs by others that the demo and the interop tests talk to, in exact versions, inside the checkout.
# `peers.sh rust` also builds the programs on the official Rust SDK, which takes some minutes of compiling.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$DOVETAIL_SETUP/python.sh" venv
"$DOVETAIL_SETUP/node.sh"
here=$DOVETAIL_SETUP/peers
cd "$DOVETAIL_ROOT"
mkdir -p "$DOVETAIL_PEERS"

python_peers() {
    rm -rf "$DOVETAIL_PEERS/python"
    "$DOVETAIL_VENV/bin/python" -m venv --without-pip "$DOVETAIL_PEERS/python"
    "$DOVETAIL_VENV/bin/python" -m pip --python "$DOVETAIL_PEERS/python/bin/python" install -q -r "$here/requirements.txt"
}

node_peers() {
    mkdir -p "$DOVETAIL_PEERS/node"
    cp "$here/package.json" "$DOVETAIL_PEERS/node/"
    npm --prefix "$DOVETAIL_PEERS/node" install --no-audit --no-fund --no-package-lock --loglevel=error
}

install_once "peers: Python" "$DOVETAIL_PEERS/python.ready" "$here/requirements.txt" python_peers
install_once "peers: Node" "$DOVETAIL_PEERS/node.ready" "$here/package.json" node_peers

# Beside our own output, so that neither build invalidates the other.
[ "${1:-}" != rust ] || step "peers: Rust" cargo build --manifest-path tests/peers/rust/Cargo.toml --target-dir "$DOVETAIL_ROOT/target/peers"
