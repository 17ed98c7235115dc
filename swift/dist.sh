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
