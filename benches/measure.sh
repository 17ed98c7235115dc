#!/usr/bin/env bash
# Measures the whole path of a call on every surface beside the official Rust SDK and writes benches/WHOLE_PATH.md.
#
#   benches/measure.sh [--short]
#
# Builds everything optimised first, which takes some minutes. Wants a quiet machine with two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/setup/common.sh

export DOVETAIL_TARGET=$DOVETAIL_ROOT/target/dist
for surface in python node c swift kotlin; do
    "$DOVETAIL_SETUP/$surface.sh"
done
step "libraries, optimised" cargo build --workspace --exclude dovetail-tests --exclude dovetail-examples \
    --exclude dovetail-benches --profile dist --no-default-features
step "programs, optimised" cargo build --profile dist -p dovetail-tests -p dovetail-benches --bin rust-server --bin whole-path
step "the official Rust SDK" cargo build --release --manifest-path benches/rmcp/Cargo.toml
work=$DOVETAIL_STATE/measure
mkdir -p "$work"

# Hosts load the optimised library, and are built as their users would build them.
step "python" python/build.sh
step "node" node/build.sh
step "swift" env DOVETAIL_SWIFT_CONFIGURATION=release swift/build.sh
step "kotlin" kotlin/build.sh
g++ -std=c++17 -O2 -Iinclude conformance/adapters/cpp/server.cpp -o "$work/cpp-server" \
    "$DOVETAIL_TARGET/libdovetail_c.a" -lpthread -ldl -lm
sed -e '/TieredStopAtLevel/d' kotlin/target/run.args >"$work/kotlin.args"

cat >"$work/servers.json" <<JSON
[
  {"name": "official Rust SDK 3.9.0", "peer": true, "command": ["benches/rmcp/target/release/peer-rmcp"]},
  {"name": "Rust", "command": ["$DOVETAIL_TARGET/rust-server", "--http", "127.0.0.1:0"]},
  {"name": "C++", "command": ["$work/cpp-server", "--http", "127.0.0.1:0"]},
  {"name": "Python", "command": ["$DOVETAIL_STATE/venv/bin/python", "conformance/adapters/python/server.py", "--http", "127.0.0.1:0"]},
  {"name": "Node", "command": ["node", "conformance/adapters/node/server.mjs", "--http", "127.0.0.1:0"]},
  {"name": "Kotlin", "command": ["java", "@$work/kotlin.args", "dev.dovetail.conformance.server.ServerProgramKt", "--http", "127.0.0.1:0"]},
  {"name": "Swift", "command": ["$DOVETAIL_SETUP/swift-run.sh", "$DOVETAIL_STATE/swift-build/adapters/release/server", "--http", "127.0.0.1:0"]}
]
JSON

status=0
"$DOVETAIL_TARGET/whole-path" "$@" "$work/servers.json" | tee "$work/table" || status=$?
{
    echo "# The whole path of one call"
    echo
    echo "Written by \`benches/measure.sh\` on $(date -u +%F), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg) at the end;"
    echo "$(rustc --version), Python $(python -c 'import platform; print(platform.python_version())'), Node $(node --version),"
    echo "$(java -version 2>&1 | head -n 1). Server on core 0, load on core 1, repetitions interleaved. Validation, header, Host"
    echo "and Origin checks are on; the official SDK is in its fastest documented set-up (stateless, JSON answers)."
    echo
    cat "$work/table"
} >benches/WHOLE_PATH.md

# Back to the development libraries, which the tests use.
unset DOVETAIL_TARGET
. tests/setup/common.sh
step "development build again" cargo build --workspace
for surface in python node swift kotlin; do
    step "$surface" "$surface/build.sh"
done
exit "$status"
