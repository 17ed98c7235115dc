#!/usr/bin/env bash
# Both ways into the one library: the functions of the C ABI that the package declares, and UniFFI's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
. "$here/../tests/setup/common.sh"

exported=$(nm -D --defined-only "$DOVETAIL_TARGET/libdovetail_uniffi.so" | awk '{ print $3 }')
declared=$(sed -n 's/.*external fun \(dovetail_[a-z_]*\).*/\1/p' "$here/src/main/kotlin/dev/dovetail/boundary/Abi.kt"
    sed -n 's/.*external fun \(uniffi_dovetail_uniffi_[a-z_]*\).*/\1/p' \
        "$here/src/main/kotlin/dev/dovetail/generated/dovetail_uniffi.kt")
missing=$(comm -13 <(sort -u <<<"$exported") <(sort -u <<<"$declared"))
if [ -n "$missing" ]; then
    say "not exported by the library:" $missing
    exit 1
fi
