#!/usr/bin/env bash
# Packs the Swift package with the library of this platform inside: a folder that another package depends on by path.
# Needs DOVETAIL_TARGET (where the optimised library lies) and DOVETAIL_DIST (where packages go).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
package=$DOVETAIL_DIST/swift/dovetail

mkdir -p "$package/Sources" "$package/lib"
cp -RL "$root/swift/Sources/CDovetail" "$root/swift/Sources/Dovetail" "$package/Sources/"
cp "$DOVETAIL_TARGET/libdovetail_c.a" "$package/lib/"
cp "$root/swift/README.md" "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$package/"
# Lines between these marks need the checkout.
sed '/development only/,/end of development/d' "$root/swift/Package.swift" >"$package/Package.swift"

# A fresh package elsewhere depends on it, and its client calls its server.
. "$root/tests/setup/common.sh"
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
cp -R "$package" "$fresh/dovetail"
for program in server client; do
    mkdir -p "$fresh/demo/$program"
    cp "$root/examples/swift/quickstart-$program/main.swift" "$fresh/demo/$program/"
done
cat >"$fresh/demo/Package.swift" <<'EOF'
// swift-tools-version:6.0
import PackageDescription

func program(_ name: String) -> Target {
    .executableTarget(name: name, dependencies: [.product(name: "Dovetail", package: "dovetail")], path: name)
}

let package = Package(
    name: "demo",
    platforms: [.macOS(.v13)],
    dependencies: [.package(path: "../dovetail")],
    targets: [program("server"), program("client")],
    swiftLanguageModes: [.v6]
)
EOF
(cd "$fresh/demo" && "$DOVETAIL_SETUP/in-swift.sh" swift build -c release)
run=$DOVETAIL_SETUP/swift-run.sh
[ "$("$run" "$fresh/demo/.build/release/client" "$run" "$fresh/demo/.build/release/server")" = 3 ]
