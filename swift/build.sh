#!/usr/bin/env bash
# Builds the package with its tests, the adapters of the shared tests and the examples, against the library that
# cargo has built. Everything lands under .dovetail/swift-build, nothing beside the sources but a link in lib/.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../tests/setup/common.sh"

mkdir -p "$DOVETAIL_ROOT/swift/lib"
ln -sfn "$DOVETAIL_TARGET/libdovetail_c.so" "$DOVETAIL_ROOT/swift/lib/libdovetail_c.so"

# build PACKAGE NAME FLAG…
build() {
    cd "$DOVETAIL_ROOT/$1"
    "$DOVETAIL_SETUP/in-swift.sh" swift build -c "${DOVETAIL_SWIFT_CONFIGURATION:-debug}" \
        --scratch-path "$DOVETAIL_STATE/swift-build/$2" "${@:3}"
}
# A release library has no testkit, so of the programs that test only the server is built over it.
if [ "${DOVETAIL_SWIFT_CONFIGURATION:-debug}" = release ]; then
    build conformance/adapters/swift adapters --product server
    exit
fi
build swift package --build-tests
build conformance/adapters/swift adapters
build examples/swift examples
