#!/usr/bin/env bash
# Measures every surface beside other SDKs and the floor, in one run, and writes benches/RESULTS.md (a short run or a part
# of one only prints).
#
#   benches/bench.sh [--short] [--part NAME,…] [--only NAME,…]
#
# Builds everything as it is published first, which takes some minutes the first time; nothing of it touches the
# development builds. Wants a quiet machine with two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/setup/common.sh

dist=$DOVETAIL_ROOT/target/dist
stage=$DOVETAIL_STATE/bench
peers=$DOVETAIL_ROOT/target/peers/release
mkdir -p "$stage"

set_up() {
    local surface
    "$DOVETAIL_SETUP/rust.sh"
    for surface in python node c swift kotlin peers; do
        "$DOVETAIL_SETUP/$surface.sh"
    done
    install_once "peers: fast loops for Python" "$stage/loops.ready" benches/fastmcp-requirements.txt \
        "$DOVETAIL_VENV/bin/python" -m pip --python "$DOVETAIL_PEERS/python/bin/python" install -q uvloop==0.23.0 httptools==0.9.0
    install_once "peers: FastMCP" "$stage/fastmcp.ready" benches/fastmcp-requirements.txt fastmcp
}

fastmcp() {
    rm -rf "$stage/fastmcp"
    "$DOVETAIL_VENV/bin/python" -m venv --without-pip "$stage/fastmcp"
    "$DOVETAIL_VENV/bin/python" -m pip --python "$stage/fastmcp/bin/python" install -q -r benches/fastmcp-requirements.txt
}

# The packages as they are published: optimised libraries in folders of their own.
stage_python() {
    rm -rf "$stage/python" && mkdir -p "$stage/python"
    cp -R python/src/dovetail "$stage/python/"
    cp "$dist"/libdovetail_python.so "$stage/python/dovetail/_native.abi3.so"
    # Bytecode is there after an installation.
    PYTHONPATH=$stage/python "$DOVETAIL_VENV/bin/python" -m compileall -q "$stage/python"
}
stage_node() {
    rm -rf "$stage/node" && mkdir -p "$stage/node/native" "$stage/conformance/adapters"
    cp node/package.json "$stage/node/"
    node/node_modules/.bin/tsc --project node/tsconfig.json --outDir "$stage/node/dist"
    cp node/dist/*.mjs "$stage/node/dist/" 2>/dev/null || true
    cp "$dist"/libdovetail_node.so "$stage/node/native/dovetail.node"
    ln -sfn "$DOVETAIL_ROOT/node/node_modules" "$stage/node/node_modules"
    # The shared programs find the package by its place.
    rm -rf "$stage/conformance/adapters/node" && cp -R conformance/adapters/node "$stage/conformance/adapters/"
}
stage_cpp() {
    local program
    for program in server bench-client; do
        g++ -std=c++17 -O2 -Iinclude "conformance/adapters/cpp/$program.cpp" -o "$stage/cpp-$program" \
            "$dist/libdovetail_c.a" -lpthread -ldl -lm
    done
}
stage_swift() {
    local product
    mkdir -p swift/lib
    [ -e swift/lib/libdovetail_c.so ] || ln -sfn "$dist/libdovetail_c.so" swift/lib/libdovetail_c.so
    cd conformance/adapters/swift
    for product in server bench-client; do
        "$DOVETAIL_SETUP/in-swift.sh" swift build -c release --scratch-path "$DOVETAIL_STATE/swift-build/bench" --product "$product"
    done
}
stage_kotlin() {
    kotlin/build.sh
    sed -e '/TieredStopAtLevel/d' -e "s|^-Djna.library.path=.*|-Djna.library.path=$dist|" kotlin/target/run.args >"$stage/kotlin.args"
}

say "set up"
set_up
say "build"
step "libraries as published" cargo build --workspace --exclude dovetail-tests --exclude dovetail-examples --exclude dovetail-counts \
    --profile dist --no-default-features
# As in `make dist`: beside an rlib the C libraries are not optimised as a whole.
for kind in staticlib cdylib; do
    step "C library, $kind" cargo rustc -p dovetail-c --lib --profile dist --no-default-features --crate-type "$kind"
done
step "the official Rust SDK" cargo build --release --manifest-path tests/peers/rust/Cargo.toml --target-dir "$DOVETAIL_ROOT/target/peers"
for surface in python node cpp swift kotlin; do
    step "$surface" "stage_$surface"
done

python=$DOVETAIL_VENV/bin/python peer_python=$DOVETAIL_PEERS/python/bin/python fastmcp=$stage/fastmcp/bin/python
node=$(command -v node) adapters=$DOVETAIL_ROOT/conformance/adapters stage_adapters=$stage/conformance/adapters
swift=$DOVETAIL_SETUP/swift-run.sh swift_programs=$DOVETAIL_STATE/swift-build/bench/release
# Python finds the staged package first, Swift's programs the optimised library.
export PYTHONPATH=$stage/python DOVETAIL_TARGET=$dist DOVETAIL_PEERS
at=--http; any=127.0.0.1:0
"$python" - >"$stage/subjects.json" <<PY
import json
def ours(name, server, client, **more):
    return {"name": name, "http": server + ["$at", "$any"], "stdio": server + ["--stdio"], "client": client, **more}
kotlin = ["java", "@$stage/kotlin.args"]
print(json.dumps({
    "counterpart": ["$dist/bench-rust-server", "$at", "$any"],
    "subjects": [
        {"name": "floor", "reference": True, "http": ["$dist/floor", "$at", "$any"], "stdio": ["$dist/floor", "--stdio"]},
        ours("Rust", ["$dist/bench-rust-server"], ["$dist/bench-rust-client"], many=["$dist/bench-many", "$any"]),
        ours("C++", ["$stage/cpp-server"], ["$stage/cpp-bench-client"]),
        ours("Kotlin", kotlin + ["dev.dovetail.conformance.server.ServerProgramKt"], kotlin + ["dev.dovetail.conformance.bench.BenchClientKt"]),
        ours("Swift", ["$swift", "$swift_programs/server"], ["$swift", "$swift_programs/bench-client"]),
        {"name": "Python", "http": ["$python", "$adapters/python/bench_server.py", "$any"], "stdio": ["$python", "$adapters/python/bench_server.py"],
         "client": ["$python", "$adapters/python/bench_client.py"], "many": ["$python", "$DOVETAIL_ROOT/benches/many.py", "$any"],
         "import": [["$python", "-c", "from dovetail import Server, Client"], ["$python", "-c", "pass"]]},
        ours("Node", ["$node", "$stage_adapters/node/server.mjs"], ["$node", "$stage_adapters/node/bench-client.mjs"],
             **{"import": [["$node", "--input-type=module", "-e", "import '$stage/node/dist/index.mjs'"], ["$node", "-e", ""]]}),
        {"name": "official Rust", "reference": True, "http": ["$peers/server", "$at", "$any", "--json"], "session": ["$peers/server", "$at", "$any"],
         "stdio": ["$peers/server", "--stdio"], "client": ["$peers/bench-client"]},
        {"name": "official Rust, pipes", "stdio": ["$peers/server", "--stdio-pipes"]},
        {"name": "official TypeScript", "reference": True, "http": ["$node", "$DOVETAIL_ROOT/tests/peers/typescript/server.mjs", "$at", "$any"],
         "stdio": ["$node", "$DOVETAIL_ROOT/tests/peers/typescript/server.mjs", "--stdio"],
         "client": ["$node", "$DOVETAIL_ROOT/tests/peers/typescript/bench-client.mjs"],
         "import": [["$node", "-e", "require('module').createRequire('$DOVETAIL_PEERS/node/package.json')('@modelcontextprotocol/server')"], ["$node", "-e", ""]]},
        {"name": "official Python", "reference": True, "http": ["$peer_python", "$DOVETAIL_ROOT/tests/peers/python/server.py", "$at", "$any", "--json"],
         "session": ["$peer_python", "$DOVETAIL_ROOT/tests/peers/python/server.py", "$at", "$any"],
         "stdio": ["$peer_python", "$DOVETAIL_ROOT/tests/peers/python/server.py", "--stdio"],
         "client": ["$peer_python", "$DOVETAIL_ROOT/tests/peers/python/bench_client.py"],
         "import": [["$peer_python", "-c", "from mcp.server.mcpserver import MCPServer"], ["$peer_python", "-c", "pass"]]},
        {"name": "FastMCP", "reference": True, "http": ["$fastmcp", "$DOVETAIL_ROOT/benches/fastmcp_server.py", "$at", "$any"],
         "session": ["$fastmcp", "$DOVETAIL_ROOT/benches/fastmcp_server.py", "$at", "$any", "--session"],
         "stdio": ["$fastmcp", "$DOVETAIL_ROOT/benches/fastmcp_server.py", "--stdio"]},
    ],
}))
PY

say "measure"
status=0
"$dist/bench" "$@" "$stage/subjects.json" >"$stage/report.md" || status=$?
version() { "$1" -c "import importlib.metadata as m; print(m.version('$2'))"; }
{
    echo "# Measurements"
    echo
    echo "Written by \`make bench\` on $(date -u +%F): $(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), $(uname -sr);"
    echo "$(rustc --version | cut -d' ' -f1,2), Python $("$python" -c 'import platform; print(platform.python_version())'), Node $("$node" --version),"
    echo "$(java -version 2>&1 | head -n 1 | tr -d '"'). Peers, newest published: official Rust SDK $(sed -n 's/.*rmcp = { version = "=\([^"]*\)".*/\1/p' tests/peers/rust/Cargo.toml),"
    echo "official TypeScript SDK $("$node" -p "require('$DOVETAIL_PEERS/node/node_modules/@modelcontextprotocol/server/package.json').version"), official Python SDK $(version "$peer_python" mcp), FastMCP $(version "$fastmcp" fastmcp)."
    echo "What is measured runs on core 0, the load on core 1. [How to read it](../docs/performance.md)."
    echo
    cat "$stage/report.md"
} >"$stage/RESULTS.md"
case " $* " in
    "  ") cp "$stage/RESULTS.md" benches/RESULTS.md ;;
esac
cat "$stage/RESULTS.md"
exit "$status"
